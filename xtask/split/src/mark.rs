//! A program that notes which of its functions were called.

use wasm_encoder::{CodeSection, ConstExpr, ExportKind, Function, GlobalType, Instruction, SectionId, ValType};

use crate::Outcome;
use crate::module::Module;

/// The program with one more global for each function, which the function sets when it begins.
pub fn mark(module: &Module) -> Outcome<Vec<u8>> {
    let first = u32::try_from(module.globals.len())?;
    let numbers = (u32::try_from(module.imported)?..).zip(first..);
    let (mut globals, mut exports, mut code) = (module.globals()?, module.exports(), CodeSection::new());
    for (body, (function, global)) in module.bodies.iter().zip(numbers) {
        let flag = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        globals.global(flag, &ConstExpr::i32_const(0));
        exports.export(&format!("~{function}"), ExportKind::Global, global);
        let operators = body.get_operators_reader()?.original_position();
        let (locals, rest) = body.as_bytes().split_at(operators - body.range().start);
        let mut marked = Function::new([]);
        marked.instruction(&Instruction::I32Const(1)).instruction(&Instruction::GlobalSet(global));
        // Without its own empty list of locals.
        let note = marked.into_raw_body().split_off(1);
        code.raw(&[locals, &note, rest].concat());
    }
    let mut program = wasm_encoder::Module::new();
    for section in &module.sections {
        match section.0 {
            id if id == SectionId::Global as u8 => program.section(&globals),
            id if id == SectionId::Export as u8 => program.section(&exports),
            id if id == SectionId::Code as u8 => program.section(&code),
            _ => program.section(&module.raw(section)),
        };
    }
    Ok(program.finish())
}
