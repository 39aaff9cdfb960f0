//! NumPy's arrays in a pickle: they are made by calls of a few functions, which are imitated here.

use super::{Array, Bytes, Global, Id, Value};
use crate::npy;

/// Limits on the rank of an array, and on the name of a value type.
const AXES: usize = 8;
const NAME: usize = 8;

/// The arguments of a call, or the fields of a state.
struct Arguments<'a> {
    values: &'a [Value],
    ids: &'a [Id],
}

/// Evaluates a call.
///
/// # Errors
/// For any call that NumPy does not make.
pub(super) fn call(values: &[Value], function: Id, arguments: Id) -> Result<Value, String> {
    let Value::Global(function) = values[function] else {
        return Err("expected a call of a function, found one of something else".into());
    };
    let arguments = Arguments::new(values, arguments)?;
    match function {
        Global::Reconstruct if arguments.get(0) == Some(&Value::Global(Global::Ndarray)) => {
            Ok(Value::Array(None))
        }
        // The byte order is part of the state; single bytes have none.
        Global::Dtype => match arguments.text(0)? {
            name if name.len() <= NAME => Ok(Value::Dtype(format!("|{name}"))),
            _ => Err("expected a type of plain numbers, found another one".into()),
        },
        Global::FromBuffer => {
            if arguments.text(3)? != "C" {
                return Err("expected an array in row-major order".into());
            }
            array(arguments.bytes(0)?, arguments.dtype(1)?, arguments.shape(2)?)
        }
        Global::Scalar => {
            let Bytes::Here(bytes) = arguments.bytes(1)? else { return Err("expected a number".into()) };
            let numbers = npy::integers(&mut &bytes[..], &arguments.dtype(0)?, 1)?;
            Ok(numbers.first().map_or(Value::Nothing, |number| Value::Int(*number)))
        }
        Global::Encode => {
            if !matches!(arguments.text(1)?, "latin1" | "latin-1") {
                return Err("expected bytes as latin1, found another encoding".into());
            }
            let byte = |symbol: char| u8::try_from(u32::from(symbol));
            let bytes = arguments.text(0)?.chars().map(byte).collect::<Result<_, _>>();
            bytes
                .map(|bytes: Vec<u8>| Value::Bytes(Bytes::Here(bytes.into())))
                .map_err(|e| format!("expected bytes as latin1: {e}"))
        }
        other => Err(format!("expected a call that makes an array, found one of {other:?}")),
    }
}

/// Sets the state of an array or a value type.
///
/// # Errors
/// For any other object, and for arrays of objects or records.
pub(super) fn build(values: &[Value], object: Id, state: Id) -> Result<Value, String> {
    let arguments = Arguments::new(values, state)?;
    match &values[object] {
        Value::Array(None) => {
            if arguments.get(3) != Some(&Value::Int(0)) {
                return Err("expected an array in row-major order".into());
            }
            array(arguments.bytes(4)?, arguments.dtype(2)?, arguments.shape(1)?)
        }
        Value::Dtype(name) => {
            let order = arguments.text(1)?;
            let plain = (2..5).all(|part| arguments.get(part) == Some(&Value::Nothing));
            if !matches!(order, "|" | "<" | ">") || !plain {
                return Err("expected a type of plain numbers, found another one".into());
            }
            Ok(Value::Dtype(format!("{order}{}", name.trim_start_matches('|'))))
        }
        _ => Err("expected the state of an array or of its type, found that of something else".into()),
    }
}

fn array(bytes: Bytes, dtype: String, shape: Vec<usize>) -> Result<Value, String> {
    let width = dtype.trim_start_matches(['|', '<', '>', 'u', 'i', 'f', 'b']).parse().ok();
    let total = width.and_then(|width| {
        shape.iter().try_fold(width, |total: u64, extent| total.checked_mul(*extent as u64))
    });
    if total != Some(bytes.len()) {
        let found = bytes.len();
        return Err(format!("expected as many bytes as {dtype} of shape {shape:?} takes, found {found}"));
    }
    Ok(Value::Array(Some(Array { dtype, shape, bytes }.into())))
}

impl<'a> Arguments<'a> {
    fn new(values: &'a [Value], id: Id) -> Result<Self, String> {
        match &values[id] {
            Value::Sequence(ids) => Ok(Self { values, ids }),
            _ => Err("expected a tuple, found something else".into()),
        }
    }

    fn get(&self, part: usize) -> Option<&'a Value> {
        self.ids.get(part).map(|id| &self.values[*id])
    }

    fn text(&self, part: usize) -> Result<&'a str, String> {
        match self.get(part) {
            Some(Value::Text(text)) => Ok(text),
            // Python 2 strings.
            Some(Value::Bytes(Bytes::Here(bytes))) => {
                std::str::from_utf8(bytes).map_err(|e| format!("expected a text as part {part}: {e}"))
            }
            _ => Err(format!("expected a text as part {part}, found something else")),
        }
    }

    fn bytes(&self, part: usize) -> Result<Bytes, String> {
        match self.get(part) {
            Some(Value::Bytes(bytes)) => Ok(bytes.clone()),
            _ => Err(format!("expected bytes as part {part}, found something else")),
        }
    }

    fn dtype(&self, part: usize) -> Result<String, String> {
        match self.get(part) {
            Some(Value::Dtype(dtype)) => Ok(dtype.clone()),
            _ => Err(format!("expected a type of values as part {part}, found something else")),
        }
    }

    fn shape(&self, part: usize) -> Result<Vec<usize>, String> {
        let failed = || format!("expected a shape as part {part}, found something else");
        let Some(Value::Sequence(ids)) = self.get(part) else { return Err(failed()) };
        let extent = |id: &Id| match self.values[*id] {
            Value::Int(extent) => usize::try_from(extent).map_err(|_| failed()),
            _ => Err(failed()),
        };
        if ids.len() > AXES {
            return Err(format!("expected at most {AXES} axes, found {}", ids.len()));
        }
        ids.iter().map(extent).collect()
    }
}
