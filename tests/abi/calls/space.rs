//! Search spaces.

use std::ffi::{c_char, c_void};
use std::ptr::null_mut;

use smash_sdk::abi::{self, Buf, Code, DecideFn, Error};

use super::call::{Call, Row, Wrong, release, rows};

const REQUEST: &str =
    r#"{"space": {"type": "hand_designed"}, "task": {"channels": 1, "extents": [8, 8], "classes": 2}}"#;
const ARCHITECTURE: &str =
    r#"{"space": "hand_designed", "version": 1, "choices": {"family": "resnet", "depth": 1, "width": 4}}"#;
const PARAMETERS: &str = r#"{"family": "resnet", "depth": 1, "width": 4}"#;

/// The first value of every decision.
unsafe extern "C" fn first(
    _: *mut c_void,
    _: *const c_char,
    _: usize,
    index: *mut u64,
    _: *mut *mut Error,
) -> Code {
    // SAFETY: it is the place for the answer.
    unsafe { index.write(0) };
    abi::OK
}

/// A space of its own for a call: spaces need no context that lives as long.
fn space(c: &Call) -> *mut abi::Space {
    let (mut context, mut space) = (null_mut(), null_mut());
    // SAFETY: the request and the places are lent for the calls.
    unsafe {
        assert_eq!((c.api.context_create)(std::ptr::null(), &mut context, null_mut()), abi::OK);
        let code =
            (c.api.space_open)(context, REQUEST.as_ptr().cast(), REQUEST.len(), &mut space, null_mut());
        assert_eq!(code, abi::OK);
        (c.api.context_free)(context);
    }
    space
}

pub(super) fn rows() -> Vec<Row> {
    rows! {
        space_open Nothing nulls [0, 1, 2] texts [1] |c| {
            let (mut out, request) = (null_mut(), REQUEST);
            let code = (c.api.space_open)(
                c.p(0, c.context), c.text(1, request), c.len(1, request), c.p(2, &mut out), c.err(),
            );
            (c.api.space_free)(out);
            code
        };
        space_sample Nothing nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            let space = space(c);
            let code = (c.api.space_sample)(c.p(0, space), 1, c.p(1, &mut out), c.err());
            release(out);
            (c.api.space_free)(space);
            code
        };
        space_mutate Nothing nulls [0, 1, 2] texts [1] |c| {
            let (mut out, text) = (Buf::EMPTY, ARCHITECTURE);
            let space = space(c);
            let code = (c.api.space_mutate)(c.p(0, space).cast_const(), c.text(1, text), c.len(1, text), 1, 0.5, c.p(2, &mut out), c.err());
            release(out);
            (c.api.space_free)(space);
            code
        };
        space_crossover Nothing nulls [0, 1, 2, 3] texts [1, 2] |c| {
            let (mut out, text) = (Buf::EMPTY, ARCHITECTURE);
            let space = space(c);
            let code = (c.api.space_crossover)(c.p(0, space), c.text(1, text), c.len(1, text), c.text(2, text), c.len(2, text), 1, 0.5, c.p(3, &mut out), c.err());
            release(out);
            (c.api.space_free)(space);
            code
        };
        space_draw Nothing nulls [0, 1, 2] texts [] |c| {
            let mut out = Buf::EMPTY;
            let decide = if c.wrong == Wrong::Null(1) { None } else { Some(first as DecideFn) };
            let space = space(c);
            let code = (c.api.space_draw)(c.p(0, space), decide, null_mut(), c.p(2, &mut out), c.err());
            release(out);
            (c.api.space_free)(space);
            code
        };
        space_validate Nothing nulls [0, 1] texts [1] |c| {
            let (out, text) = (Buf::EMPTY, ARCHITECTURE);
            let space = space(c);
            let code = (c.api.space_validate)(c.p(0, space).cast_const(), c.text(1, text), c.len(1, text), c.err());
            release(out);
            (c.api.space_free)(space);
            code
        };
        space_count Nothing nulls [0, 1, 2] texts [1] |c| {
            let (mut out, text) = (Buf::EMPTY, ARCHITECTURE);
            let space = space(c);
            let code = (c.api.space_count)(c.p(0, space).cast_const(), c.text(1, text), c.len(1, text), c.p(2, &mut out), c.err());
            release(out);
            (c.api.space_free)(space);
            code
        };
        space_decisions Nothing nulls [0, 1, 2] texts [1] |c| {
            let (mut out, text) = (Buf::EMPTY, ARCHITECTURE);
            let space = space(c);
            let code = (c.api.space_decisions)(c.p(0, space).cast_const(), c.text(1, text), c.len(1, text), c.p(2, &mut out), c.err());
            release(out);
            (c.api.space_free)(space);
            code
        };
        space_parameters Nothing nulls [0, 1, 2] texts [1] |c| {
            let (mut out, text) = (Buf::EMPTY, ARCHITECTURE);
            let space = space(c);
            let code = (c.api.space_parameters)(c.p(0, space).cast_const(), c.text(1, text), c.len(1, text), c.p(2, &mut out), c.err());
            release(out);
            (c.api.space_free)(space);
            code
        };
        space_graph Nothing nulls [0, 1, 2] texts [1] |c| {
            let (mut out, text) = (Buf::EMPTY, ARCHITECTURE);
            let space = space(c);
            let code = (c.api.space_graph)(c.p(0, space).cast_const(), c.text(1, text), c.len(1, text), 1, c.p(2, &mut out), c.err());
            release(out);
            (c.api.space_free)(space);
            code
        };
        space_from_parameters Nothing nulls [0, 1, 2] texts [1] |c| {
            let (mut out, text) = (Buf::EMPTY, PARAMETERS);
            let space = space(c);
            let code = (c.api.space_from_parameters)(c.p(0, space).cast_const(), c.text(1, text), c.len(1, text), c.p(2, &mut out), c.err());
            release(out);
            (c.api.space_free)(space);
            code
        };
        space_size Nothing nulls [0, 1] texts [] |c| {
            let mut out = Buf::EMPTY;
            let space = space(c);
            let code = (c.api.space_size)(c.p(0, space), c.p(1, &mut out), c.err());
            release(out);
            (c.api.space_free)(space);
            code
        };
        space_free Nothing nulls [] texts [] |c| { (c.api.space_free)(null_mut()); abi::OK };
    }
}
