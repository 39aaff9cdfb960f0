//! Deserialisation of ops. Where the name comes first, as it is written, nothing is buffered: this takes a
//! third of the time of a tagged enum, and graphs cross to a plugin in every training step.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::value::{EnumAccessDeserializer, MapDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, Unexpected, VariantAccess,
    Visitor,
};
use serde_json::{Map, Value};

use super::super::json::padding;
use super::{Op, PoolKind};

/// A copy of [`Op`] without its tag, for serde's derive macro.
#[derive(Deserialize)]
#[serde(remote = "Op", rename_all = "snake_case")]
enum Fields {
    Input {
        name: String,
    },
    Parameter {
        index: usize,
    },
    Conv {
        stride: Vec<usize>,
        padding: Vec<usize>,
        dilation: Vec<usize>,
        groups: usize,
    },
    Linear,
    BatchNorm {
        epsilon: f32,
        momentum: f32,
    },
    LeakyRelu {
        slope: f32,
    },
    Tanh,
    Sigmoid,
    Clamp {
        low: f32,
        high: f32,
    },
    HardSigmoid,
    HardSwish,
    Add,
    Mul,
    Scale {
        factor: f32,
    },
    Bias,
    Gain,
    Concat,
    Slice {
        ranges: Vec<Range<usize>>,
    },
    Reshape {
        dims: Vec<usize>,
    },
    Permute {
        axes: Vec<usize>,
    },
    Normalize,
    Pool {
        kind: PoolKind,
        window: Vec<usize>,
        stride: Vec<usize>,
        #[serde(default, deserialize_with = "padding")]
        padding: Vec<usize>,
    },
    GlobalAveragePool,
    LogSoftmax,
    NegativeLogLikelihood,
}

/// A key of the op's object: the tag or a field.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Op,
    Other(String),
}

impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Op;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the name of an op as \"op\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Op, A::Error> {
        let mut rest = Map::new();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Op if rest.is_empty() => {
                    return Fields::deserialize(EnumAccessDeserializer::new(Named(map)));
                }
                Key::Op => {
                    let named = [("op".to_owned(), map.next_value::<Value>()?)];
                    while let Some((key, value)) = map.next_entry()? {
                        rest.insert(key, value);
                    }
                    let fields = MapDeserializer::new(named.into_iter().chain(rest));
                    return Op::deserialize(fields).map_err(|e: serde_json::Error| A::Error::custom(e));
                }
                Key::Other(key) => drop(rest.insert(key, map.next_value()?)),
            }
        }
        Err(A::Error::missing_field("op"))
    }
}

/// The rest of an object whose next value is the name of the op.
struct Named<A>(A);

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for Named<A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(mut self, seed: V) -> Result<(V::Value, Self), A::Error> {
        Ok((self.0.next_value_seed(seed)?, self))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Named<A> {
    type Error = A::Error;

    fn unit_variant(mut self) -> Result<(), A::Error> {
        while self.0.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(self.0)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, A::Error> {
        Err(A::Error::invalid_type(Unexpected::NewtypeVariant, &Object))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::invalid_type(Unexpected::TupleVariant, &Object))
    }
}

#[cfg(test)]
pub(in crate::graph) mod tests {
    use super::*;

    /// An op of each name, with attributes.
    pub(in crate::graph) fn every_op() -> Vec<Op> {
        vec![
            Op::Input { name: "x".into() },
            Op::Parameter { index: 3 },
            Op::Conv { stride: vec![1], padding: vec![0], dilation: vec![2], groups: 4 },
            Op::Linear,
            Op::BatchNorm { epsilon: 1e-5, momentum: 0.1 },
            Op::LeakyRelu { slope: 0.5 },
            Op::Tanh,
            Op::Sigmoid,
            Op::Clamp { low: -0.5, high: 6.0 },
            Op::HardSigmoid,
            Op::HardSwish,
            Op::Add,
            Op::Mul,
            Op::Scale { factor: 2.0 },
            Op::Bias,
            Op::Gain,
            Op::Concat,
            Op::Slice { ranges: vec![0..1, 2..5] },
            Op::Reshape { dims: vec![2, 3] },
            Op::Permute { axes: vec![1, 0] },
            Op::Normalize,
            Op::Pool { kind: PoolKind::Max, window: vec![2], stride: vec![2], padding: Vec::new() },
            Op::Pool { kind: PoolKind::Average, window: vec![3], stride: vec![1], padding: vec![1] },
            Op::GlobalAveragePool,
            Op::LogSoftmax,
            Op::NegativeLogLikelihood,
        ]
    }

    #[test]
    fn every_op_is_read_as_it_is_written_and_in_any_order() {
        for op in every_op() {
            let text = serde_json::to_string(&op).unwrap();
            assert!(text.starts_with("{\"op\":"), "{text}");
            assert_eq!(serde_json::from_str::<Op>(&text).unwrap(), op);
            // Trees of values have sorted keys: "axes" and "dims" come before "op".
            assert_eq!(serde_json::from_value::<Op>(serde_json::to_value(&op).unwrap()).unwrap(), op);
        }
    }

    #[test]
    fn no_padding_has_one_form() {
        let plain = r#"{"op":"pool","kind":"max","window":[2,2],"stride":[2,2]}"#;
        let padded = plain.replace('}', r#","padding":[0,0]}"#);
        let [plain_op, padded_op] = [plain, &padded].map(|text| serde_json::from_str::<Op>(text).unwrap());
        assert_eq!(plain_op, padded_op);
        assert_eq!(serde_json::to_string(&padded_op).unwrap(), plain);
    }

    #[test]
    fn what_is_no_op_is_refused() {
        for (text, expected) in [
            ("{}", "missing field `op`"),
            (r#"{"index": 1}"#, "missing field `op`"),
            (r#"{"op": "hop"}"#, "unknown variant `hop`"),
            (r#"{"op": "parameter"}"#, "missing field `index`"),
            (r#"{"index": -1, "op": "parameter"}"#, "invalid value"),
            (r#"{"op": "clamp", "low": 0}"#, "missing field `high`"),
            (r#"{"op": "clamp", "low": null, "high": 6}"#, "invalid type: null"),
            (
                r#"{"op": "pool", "kind": "max", "window": [2], "stride": [1], "padding": [-1]}"#,
                "invalid value",
            ),
            (r#""linear""#, "expected an object with the name of an op"),
        ] {
            let error = serde_json::from_str::<Op>(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert_eq!(serde_json::from_str::<Op>(r#"{"op": "add", "why": [1]}"#).unwrap(), Op::Add);
    }
}
