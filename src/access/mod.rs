//! Who may do what.
//!
//! [`grants`]: what the operator has opened to everybody. [`origin`]: which pages
//! of other sites may use the service from a browser. [`subprotocol`]: what a
//! WebSocket is answered.

pub mod grants;
pub mod origin;
pub mod subprotocol;
