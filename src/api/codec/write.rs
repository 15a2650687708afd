//! To JSON.

use serde::ser::{self, Impossible, Serialize, Serializer};
use serde_json::{Map, Value};

use super::Mismatch;

/// A typed value as JSON; null if it cannot be: Kubernetes' types have no map whose keys are not texts.
///
/// ```
/// use k8s_openapi::api::core::v1::ContainerPort;
/// let port = ContainerPort { container_port: 80, ..ContainerPort::default() };
/// assert_eq!(drydock::api::codec::write(&port), serde_json::json!({"containerPort": 80}));
/// ```
pub fn write<T: Serialize + ?Sized>(value: &T) -> Value {
    value.serialize(Writer).unwrap_or_default()
}

struct Writer;

/// What JSON has a word for.
macro_rules! plain {
    ($($method:ident($type:ty))*) => {$(
        fn $method(self, value: $type) -> Result<Value, Mismatch> {
            Ok(value.into())
        }
    )*};
}

impl Serializer for Writer {
    type Ok = Value;
    type Error = Mismatch;
    type SerializeSeq = Items;
    type SerializeTuple = Impossible<Value, Mismatch>;
    type SerializeTupleStruct = Impossible<Value, Mismatch>;
    type SerializeTupleVariant = Impossible<Value, Mismatch>;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Impossible<Value, Mismatch>;

    plain! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_f64(f64) serialize_str(&str)
    }

    fn serialize_f32(self, value: f32) -> Result<Value, Mismatch> {
        Ok(f64::from(value).into())
    }
    fn serialize_char(self, value: char) -> Result<Value, Mismatch> {
        Ok(Value::String(value.into()))
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<Value, Mismatch> {
        Err(Mismatch)
    }
    fn serialize_none(self) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Mismatch> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Value, Mismatch> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Value, Mismatch> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, Mismatch> {
        Err(Mismatch)
    }
    fn serialize_seq(self, length: Option<usize>) -> Result<Items, Mismatch> {
        Ok(Items(Vec::with_capacity(length.unwrap_or_default())))
    }
    fn serialize_tuple(self, _: usize) -> Result<Impossible<Value, Mismatch>, Mismatch> {
        Err(Mismatch)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Impossible<Value, Mismatch>, Mismatch> {
        Err(Mismatch)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<Value, Mismatch>, Mismatch> {
        Err(Mismatch)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Fields, Mismatch> {
        Ok(Fields::default())
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields, Mismatch> {
        Ok(Fields::default())
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<Value, Mismatch>, Mismatch> {
        Err(Mismatch)
    }
}

struct Items(Vec<Value>);

impl ser::SerializeSeq for Items {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        self.0.push(value.serialize(Writer)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Mismatch> {
        Ok(Value::Array(self.0))
    }
}

#[derive(Default)]
struct Fields {
    map: Map<String, Value>,
    key: String,
}

impl Fields {
    /// Not generic: there is one of it.
    #[inline(never)]
    fn put(&mut self, key: String, value: Value) {
        self.map.insert(key, value);
    }
}

impl ser::SerializeMap for Fields {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Mismatch> {
        let Value::String(key) = key.serialize(Writer)? else { return Err(Mismatch) };
        self.key = key;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        let key = std::mem::take(&mut self.key);
        self.put(key, value.serialize(Writer)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Mismatch> {
        Ok(Value::Object(self.map))
    }
}

impl ser::SerializeStruct for Fields {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Mismatch> {
        self.put(key.to_owned(), value.serialize(Writer)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Mismatch> {
        Ok(Value::Object(self.map))
    }
}
