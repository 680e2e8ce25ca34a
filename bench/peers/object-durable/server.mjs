import { bundle } from "../bundle.mjs";
import { startWorker } from "../workerd.mjs";

await startWorker(await bundle(new URL("worker.js", import.meta.url)), { ROOM: "Room", STREAM: "Stream" });
