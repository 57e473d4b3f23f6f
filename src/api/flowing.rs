//! An answer that is sent while it is made. It must never pass a beginning off for the whole: where the making breaks off, the
//! connection does.

use crate::app::pipe::{Broken, Outlet};
use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use std::pin::Pin;
use std::task::{Context, Poll};

pub struct Flowing(pub Outlet);

impl std::fmt::Debug for Flowing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Flowing")
    }
}

impl MessageBody for Flowing {
    type Error = Broken;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        self.0.poll_next(context).map(|next| next.map(|piece| piece.map(Bytes::from)))
    }
}
