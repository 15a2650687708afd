//! The two halves of a program.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Elements, Encode, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalType, ImportSection, Instruction, MemoryType, SectionId, TableSection, TableType,
    ValType,
};
use wasmparser::{FunctionBody, Operator};

use crate::Outcome;
use crate::module::Module;

/// The module that the second half imports from.
const FIRST: &str = "first";
/// The function that the first half exports, which has its host bring the second.
const LOAD: &str = "load_rest";
/// The global by which the first half knows that the second is there; its host sets it.
const LOADED: &str = "~loaded";

/// What [`divide`] makes.
pub struct Halves {
    /// What is loaded first. Its functions are numbered as they were.
    pub first: Vec<u8>,
    /// What is loaded when it is needed. It imports from `first`, and puts its functions into the table.
    pub later: Vec<u8>,
}

/// Divides a program: the functions that were `called` stay, most others go.
pub fn divide(module: &Module, called: &BTreeSet<u32>) -> Outcome<Halves> {
    let plan = Plan::new(module, called)?;
    Ok(Halves { first: first(module, &plan)?, later: later(module, &plan)? })
}

/// Who goes where.
struct Plan {
    /// The functions that go.
    moved: BTreeSet<u32>,
    /// The place in the table of those that are called by others than their like.
    places: BTreeMap<u32, u32>,
    /// The functions that stay and are called by those that go, with their numbers in the second half.
    imports: BTreeMap<u32, u32>,
    /// How long the table must be.
    table: u32,
    /// The function that has the second half brought.
    load: u32,
    /// The global that says that it is there.
    loaded: u32,
}

impl Plan {
    fn new(module: &Module, called: &BTreeSet<u32>) -> Outcome<Plan> {
        let load = module.exported(LOAD).ok_or_else(|| format!("the program has no export {LOAD}"))?;
        let mut calls = Vec::new();
        for body in &module.bodies {
            calls.push(callees(body)?);
        }
        let own = |at: usize| u32::try_from(module.imported + at);
        let mut moved = BTreeSet::new();
        for (at, body) in module.bodies.iter().enumerate() {
            let number = own(at)?;
            // What is shorter than the way to it had better stay.
            if !called.contains(&number) && number != load && body.as_bytes().len() > 24 {
                moved.insert(number);
            }
        }

        let mut wanted: BTreeSet<u32> = module.exports.iter().map(|export| export.index).collect();
        wanted.extend(module.in_table.iter().map(|&(_, function)| function));
        let mut imported = BTreeSet::new();
        for (at, calls) in calls.iter().enumerate() {
            let goes = moved.contains(&own(at)?);
            for callee in calls {
                match (goes, moved.contains(callee)) {
                    (true, false) => imported.insert(*callee),
                    (false, true) => wanted.insert(*callee),
                    _ => false,
                };
            }
        }

        let length = module.tables.first().ok_or("a program without a table")?.initial;
        let mut table = u32::try_from(length)?;
        let mut places: BTreeMap<u32, u32> = BTreeMap::new();
        for &(place, function) in module.in_table.iter().filter(|(_, function)| moved.contains(function)) {
            places.entry(function).or_insert(place);
        }
        for function in moved.intersection(&wanted) {
            places.entry(*function).or_insert_with(|| {
                table += 1;
                table - 1
            });
        }
        Ok(Plan {
            moved,
            places,
            imports: imported.into_iter().zip(0..).collect(),
            table,
            load,
            loaded: u32::try_from(module.globals.len())?,
        })
    }
}

/// The functions that a function names.
fn callees(body: &FunctionBody) -> Outcome<Vec<u32>> {
    let mut found = Vec::new();
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Call { function_index } => found.push(function_index),
            Operator::ReturnCall { .. } | Operator::RefFunc { .. } => {
                return Err("a function named in a rare way".into());
            }
            _ => {}
        }
    }
    Ok(found)
}

fn first(module: &Module, plan: &Plan) -> Outcome<Vec<u8>> {
    let mut globals = module.globals()?;
    globals.global(LOADED_TYPE, &ConstExpr::i32_const(0));
    let mut exports = module.exports();
    exports.export(LOADED, ExportKind::Global, plan.loaded);
    for_later(module, plan, &mut exports)?;

    let mut tables = TableSection::new();
    for (at, table) in module.tables.iter().enumerate() {
        let mut table = TableType::try_from(*table)?;
        if at == 0 {
            table.minimum = u64::from(plan.table);
            table.maximum = table.maximum.map(|most| most.max(table.minimum));
        }
        tables.table(table);
    }

    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for ((body, &kind), number) in module.bodies.iter().zip(&module.functions[module.imported..]).zip(module.imported..)
    {
        let number = u32::try_from(number)?;
        match (plan.moved.contains(&number), plan.places.get(&number)) {
            (false, _) => {
                functions.function(kind);
                code.raw(body.as_bytes());
            }
            (true, Some(&place)) => {
                functions.function(kind);
                code.function(&way(module, plan, kind, place)?);
            }
            // Nobody here calls it: only its number stays.
            (true, None) => {
                functions.function(0);
                code.function(Function::new([]).instruction(&Instruction::Unreachable).instruction(&Instruction::End));
            }
        }
    }

    let mut program = wasm_encoder::Module::new();
    for section in &module.sections {
        match section.0 {
            id if id == SectionId::Function as u8 => program.section(&functions),
            id if id == SectionId::Table as u8 => program.section(&tables),
            id if id == SectionId::Global as u8 => program.section(&globals),
            id if id == SectionId::Export as u8 => program.section(&exports),
            id if id == SectionId::Code as u8 => program.section(&code),
            _ => program.section(&module.raw(section)),
        };
    }
    Ok(program.finish())
}

const LOADED_TYPE: GlobalType = GlobalType { val_type: ValType::I32, mutable: true, shared: false };

/// Stands in the first half for a function of the second: has that brought, and calls it by the table.
fn way(module: &Module, plan: &Plan, kind: u32, place: u32) -> Outcome<Function> {
    let parameters = module.types.get(kind as usize).ok_or("a function of an unknown type")?.params().len();
    let mut way = Function::new([]);
    way.instruction(&Instruction::GlobalGet(plan.loaded)).instruction(&Instruction::I32Eqz);
    way.instruction(&Instruction::If(BlockType::Empty)).instruction(&Instruction::Call(plan.load));
    way.instruction(&Instruction::End);
    for parameter in 0..u32::try_from(parameters)? {
        way.instruction(&Instruction::LocalGet(parameter));
    }
    way.instruction(&Instruction::I32Const(i32::try_from(place)?));
    way.instruction(&Instruction::CallIndirect { type_index: kind, table_index: 0 }).instruction(&Instruction::End);
    Ok(way)
}

/// Names what the second half needs of the first.
fn for_later(module: &Module, plan: &Plan, exports: &mut ExportSection) -> Outcome {
    for at in 0..u32::try_from(module.memories.len())? {
        exports.export(&format!("~m{at}"), ExportKind::Memory, at);
    }
    for at in 0..u32::try_from(module.tables.len())? {
        exports.export(&format!("~t{at}"), ExportKind::Table, at);
    }
    for at in 0..u32::try_from(module.globals.len())? {
        exports.export(&format!("~g{at}"), ExportKind::Global, at);
    }
    for (&function, number) in &plan.imports {
        exports.export(&format!("~{number}"), ExportKind::Func, function);
    }
    Ok(())
}

fn later(module: &Module, plan: &Plan) -> Outcome<Vec<u8>> {
    let mut imports = ImportSection::new();
    for (&function, number) in &plan.imports {
        imports.import(FIRST, &format!("~{number}"), EntityType::Function(module.functions[function as usize]));
    }
    for (at, memory) in module.memories.iter().enumerate() {
        imports.import(FIRST, &format!("~m{at}"), MemoryType::from(*memory));
    }
    for (at, table) in module.tables.iter().enumerate() {
        // The first half's is longer.
        let table = TableType { maximum: None, ..TableType::try_from(*table)? };
        imports.import(FIRST, &format!("~t{at}"), table);
    }
    for (at, global) in module.globals.iter().enumerate() {
        imports.import(FIRST, &format!("~g{at}"), GlobalType::try_from(global.ty)?);
    }

    let first_own = u32::try_from(plan.imports.len())?;
    let numbers: BTreeMap<u32, u32> =
        plan.imports.iter().map(|(&was, &is)| (was, is)).chain(plan.moved.iter().copied().zip(first_own..)).collect();
    let (mut functions, mut code, mut elements) = (FunctionSection::new(), CodeSection::new(), ElementSection::new());
    for &was in &plan.moved {
        functions.function(module.functions[was as usize]);
        code.raw(&renumbered(&module.bodies[was as usize - module.imported], &numbers)?);
    }
    // Into the places that were kept for them, and into those where their stand-ins are.
    let mut places: BTreeMap<u32, u32> =
        plan.places.iter().map(|(&function, &place)| (place, numbers[&function])).collect();
    places.extend(
        module
            .in_table
            .iter()
            .filter_map(|(place, function)| Some((*place, *numbers.get(function)?)))
            .filter(|(_, number)| *number >= first_own),
    );
    for (place, run) in runs(&places) {
        elements.active(None, &ConstExpr::i32_const(i32::try_from(place)?), Elements::Functions(run.into()));
    }

    let mut program = wasm_encoder::Module::new();
    program.section(&module.section(SectionId::Type).ok_or("a program without types")?);
    program.section(&imports).section(&functions).section(&elements).section(&code);
    Ok(program.finish())
}

/// What stands in places that follow on each other, with the first of them.
fn runs(places: &BTreeMap<u32, u32>) -> Vec<(u32, Vec<u32>)> {
    let mut runs: Vec<(u32, Vec<u32>)> = Vec::new();
    for (&place, &function) in places {
        match runs.last_mut() {
            Some((from, run)) if *from as usize + run.len() == place as usize => run.push(function),
            _ => runs.push((place, vec![function])),
        }
    }
    runs
}

/// A function's code, calling others by their new numbers.
fn renumbered(body: &FunctionBody, numbers: &BTreeMap<u32, u32>) -> Outcome<Vec<u8>> {
    let (bytes, start) = (body.as_bytes(), body.range().start);
    let (mut code, mut copied) = (Vec::with_capacity(bytes.len()), 0);
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let at = operators.original_position() - start;
        if let Operator::Call { function_index } = operators.read()? {
            code.extend_from_slice(&bytes[copied..at]);
            Instruction::Call(numbers[&function_index]).encode(&mut code);
            copied = operators.original_position() - start;
        }
    }
    code.extend_from_slice(&bytes[copied..]);
    Ok(code)
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{MemorySection, TypeSection};
    use wasmparser::Validator;

    use super::*;

    /// 0 `load_rest`, 1 calls 2 and 3, 2 is long, 3 is long and calls 0, 4 is long and stands in the table.
    fn program() -> Vec<u8> {
        let (mut types, mut functions, mut tables) = (TypeSection::new(), FunctionSection::new(), TableSection::new());
        types.ty().function([], []);
        types.ty().function([ValType::I32], [ValType::I32]);
        for kind in [0, 0, 1, 1, 1] {
            functions.function(kind);
        }
        let table_type = wasmparser::TableType {
            element_type: wasmparser::RefType::FUNCREF,
            initial: 2,
            maximum: Some(2),
            table64: false,
            shared: false,
        };
        tables.table(TableType::try_from(table_type).unwrap());
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
        let (mut globals, mut exports, mut elements) =
            (wasm_encoder::GlobalSection::new(), ExportSection::new(), ElementSection::new());
        globals.global(LOADED_TYPE, &ConstExpr::i32_const(7));
        exports.export(LOAD, ExportKind::Func, 0).export("begin", ExportKind::Func, 1);
        elements.active(None, &ConstExpr::i32_const(1), Elements::Functions((&[4][..]).into()));
        let mut code = CodeSection::new();
        let long = |calls: &[u32]| {
            let mut function = Function::new([]);
            for &callee in calls {
                function.instruction(&Instruction::Call(callee));
            }
            for _ in 0..20 {
                function.instruction(&Instruction::Nop);
            }
            function.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::GlobalGet(0));
            function.instruction(&Instruction::I32Add).instruction(&Instruction::End);
            function
        };
        let mut begin = Function::new([]);
        for callee in [2, 3] {
            begin.instruction(&Instruction::I32Const(1)).instruction(&Instruction::Call(callee));
            begin.instruction(&Instruction::Drop);
        }
        code.function(Function::new([]).instruction(&Instruction::End));
        code.function(begin.instruction(&Instruction::End));
        code.function(&long(&[])).function(&long(&[0])).function(&long(&[]));
        let mut program = wasm_encoder::Module::new();
        program.section(&types).section(&functions).section(&tables).section(&memories);
        program.section(&globals).section(&exports).section(&elements).section(&code);
        program.finish()
    }

    #[test]
    fn both_halves_are_valid_and_fit() {
        let bytes = program();
        let halves = divide(&Module::read(&bytes).unwrap(), &BTreeSet::from([0, 1, 2])).unwrap();
        let mut validator = Validator::new();
        validator.validate_all(&halves.first).unwrap();
        validator.reset();
        validator.validate_all(&halves.later).unwrap();

        let first = Module::read(&halves.first).unwrap();
        // One place was there for the function of the table; one was added for the other that is called.
        assert_eq!(first.tables[0].initial, 3);
        assert_eq!(first.bodies.len(), 5);
        assert!(first.exports.iter().any(|export| export.name == LOADED));
        let moved: Vec<Vec<u32>> = first.bodies.iter().map(|body| callees(body).unwrap()).collect();
        assert_eq!(moved, [vec![], vec![2, 3], vec![], vec![0], vec![0]], "ways have the rest loaded");
    }

    #[test]
    fn a_program_that_cannot_load_is_refused() {
        let bytes = wasm_encoder::Module::new().finish();
        assert!(divide(&Module::read(&bytes).unwrap(), &BTreeSet::new()).is_err());
    }
}
