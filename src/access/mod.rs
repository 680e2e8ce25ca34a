//! Who may do what.
//!
//! [`carrier`]: where a request carries its token; [`token`]: what that says.
//! [`grants`]: what somebody may do with which names; [`visitor`]: whoever asks, with
//! what the operator has opened to everybody and what their token grants.
//! [`origin`]: which pages of other sites may use the service from a browser.
//! [`address`]: where a request comes from, for counting. [`subprotocol`]: what a
//! WebSocket is answered.

pub mod address;
pub mod carrier;
pub mod grants;
pub mod origin;
pub mod subprotocol;
pub mod token;
pub mod visitor;
