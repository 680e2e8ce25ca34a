import { bundle } from "../bundle.mjs";
import { startWorkerd } from "../workerd.mjs";

await startWorkerd({ modules: [await bundle(new URL("worker.js", import.meta.url))], objects: { ROOM: "Room", STREAM: "Stream" } });
