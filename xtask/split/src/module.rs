//! A wasm module, read as far as dividing it asks for.

use std::ops::Range;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportSection, GlobalSection, GlobalType, RawSection};
use wasmparser::{
    DataKind, ElementItems, ElementKind, Export, ExternalKind, FuncType, FunctionBody, Global, MemoryType, Operator,
    Parser, Payload, TableType, TypeRef,
};

use crate::Outcome;

/// What stands in the module. Functions are counted as wasm counts them: those that are imported come first.
pub struct Module<'a> {
    bytes: &'a [u8],
    /// Each section's number and where its contents are, in order. That of the code has no contents here.
    pub sections: Vec<(u8, Range<usize>)>,
    /// The types, all of functions.
    pub types: Vec<FuncType>,
    /// The type of each function.
    pub functions: Vec<u32>,
    /// How many of the functions are imported.
    pub imported: usize,
    /// What the functions do that are not imported.
    pub bodies: Vec<FunctionBody<'a>>,
    /// Tables; none is imported.
    pub tables: Vec<TableType>,
    /// Memories; none is imported.
    pub memories: Vec<MemoryType>,
    /// Globals; none is imported.
    pub globals: Vec<Global<'a>>,
    /// Exports.
    pub exports: Vec<Export<'a>>,
    /// The functions that the first table begins with, by their place in it.
    pub in_table: Vec<(u32, u32)>,
}

impl<'a> Module<'a> {
    /// Reads what rustc, wasm-bindgen and wasm-opt write; an error for what they do not.
    pub fn read(bytes: &'a [u8]) -> Outcome<Module<'a>> {
        let mut module = Module {
            bytes,
            sections: Vec::new(),
            types: Vec::new(),
            functions: Vec::new(),
            imported: 0,
            bodies: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            exports: Vec::new(),
            in_table: Vec::new(),
        };
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section() {
                // Sections with names and notes are for people.
                if id != wasm_encoder::SectionId::Custom as u8 {
                    module.sections.push((id, range));
                }
            }
            module.take(payload)?;
        }
        Ok(module)
    }

    fn take(&mut self, payload: Payload<'a>) -> Outcome {
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    for one in group?.into_types() {
                        let wasmparser::CompositeInnerType::Func(function) = one.composite_type.inner else {
                            return Err("a type that is no function's".into());
                        };
                        self.types.push(function);
                    }
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let TypeRef::Func(kind) = import?.ty else { return Err("an import that is no function".into()) };
                    self.functions.push(kind);
                    self.imported += 1;
                }
            }
            Payload::FunctionSection(kinds) => {
                for kind in kinds {
                    self.functions.push(kind?);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    self.tables.push(table?.ty);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    self.memories.push(memory?);
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    self.globals.push(global?);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    self.exports.push(export?);
                }
            }
            Payload::ElementSection(elements) => {
                for element in elements {
                    let element = element?;
                    let ElementKind::Active { table_index: None | Some(0), offset_expr } = element.kind else {
                        return Err("an element segment that is not for the first table".into());
                    };
                    let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
                        return Err("an element segment whose place is not a number".into());
                    };
                    let ElementItems::Functions(functions) = element.items else {
                        return Err("an element segment of expressions".into());
                    };
                    for (at, function) in (u32::try_from(value)?..).zip(functions) {
                        self.in_table.push((at, function?));
                    }
                }
            }
            Payload::DataSection(data) => {
                for segment in data {
                    if !matches!(segment?.kind, DataKind::Active { .. }) {
                        return Err("a data segment that is copied when asked for".into());
                    }
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::StartSection { .. } => return Err("a start function".into()),
            _ => {}
        }
        Ok(())
    }

    /// A section as it is.
    pub fn raw(&self, section: &(u8, Range<usize>)) -> RawSection<'a> {
        RawSection { id: section.0, data: &self.bytes[section.1.clone()] }
    }

    /// The section of that number as it is, if there is one.
    pub fn section(&self, id: wasm_encoder::SectionId) -> Option<RawSection<'a>> {
        self.sections.iter().find(|section| section.0 == id as u8).map(|section| self.raw(section))
    }

    /// The section of its globals, to add others to.
    pub fn globals(&self) -> Outcome<GlobalSection> {
        let mut section = GlobalSection::new();
        for global in &self.globals {
            section.global(GlobalType::try_from(global.ty)?, &RoundtripReencoder.const_expr(global.init_expr.clone())?);
        }
        Ok(section)
    }

    /// The section of its exports, to add others to.
    pub fn exports(&self) -> ExportSection {
        let mut section = ExportSection::new();
        for export in &self.exports {
            section.export(export.name, export.kind.into(), export.index);
        }
        section
    }

    /// The function that is exported by that name.
    pub fn exported(&self, name: &str) -> Option<u32> {
        let found = self.exports.iter().find(|export| export.name == name && export.kind == ExternalKind::Func);
        found.map(|export| export.index)
    }
}
