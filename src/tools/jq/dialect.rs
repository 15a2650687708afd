//! yq's language, as far as it is spelled otherwise than jq's.

use std::rc::Rc;

use super::lex::{Tok, Token, tokens};
use super::parse::{Fault, MAX_DEPTH, read};
use super::prelude::{PRELUDE, YQ};
use super::program::{Id, Node, Program};

/// Reads an expression of yq; with `all` its operands range over all documents, the value of the nearest variable.
pub fn parse(source: &str, variables: &[Rc<str>], all: bool) -> Result<Program, Fault> {
    let mut spelled = Vec::new();
    let mut given = tokens(source, true).into_iter().peekable();
    while let Some(token) = given.next() {
        let at = token.at;
        let mut add = |tok: Tok| spelled.push(Token { tok, at });
        match &token.tok {
            Tok::Name(name) if matches!(&**name, "env" | "strenv") => {
                // env(NAME) is the variable, read as YAML; strenv(NAME) its text.
                let words: Vec<Token> = given.by_ref().take(3).collect();
                let [open, variable, close] = &words[..] else { continue };
                let fits = open.tok == Tok::Sign("(") && close.tok == Tok::Sign(")");
                let Some(variable) = variable.tok.word().filter(|_| fits) else {
                    return Err(Fault { message: "env and strenv take a name".to_owned(), at });
                };
                for tok in [Tok::Sign("("), Tok::Sign("$"), Tok::Name("ENV".into()), Tok::Field(variable)] {
                    add(tok);
                }
                if &**name == "env" {
                    add(Tok::Sign("|"));
                    add(Tok::Name("from_yaml".into()));
                }
                add(Tok::Sign(")"));
            }
            Tok::Name(name) if &**name == "fi" => add(Tok::Name("fileIndex".into())),
            Tok::Name(name) if &**name == "di" => add(Tok::Name("documentIndex".into())),
            _ => spelled.push(token),
        }
    }
    let read = read(&[PRELUDE, YQ], spelled, source, variables, true);
    let mut program =
        read.map_err(|faults| faults.into_iter().next().unwrap_or(Fault { message: String::new(), at: 0 }))?;
    if all {
        let main = program.main;
        program.main = spread(&mut program, main, 0);
    }
    Ok(program)
}

/// The operands of an expression each range over all documents.
fn spread(program: &mut Program, id: Id, depth: usize) -> Id {
    let Some(node) = program.nodes.get(id as usize).filter(|_| depth < MAX_DEPTH) else { return id };
    let operands: Vec<Id> = match node {
        Node::Pipe(first, _) | Node::Bind(first, _) | Node::Reduce(first, ..) => vec![*first],
        Node::Comma(first, second) => vec![*first, *second],
        Node::Array(Some(inner)) => vec![*inner],
        Node::Native(_, args) if !args.is_empty() => args.clone(),
        Node::Literal(_) => return id,
        _ => {
            let documents = program.nodes.len() as Id;
            let each = Node::Each(documents, false);
            program.nodes.extend([Node::Var(0), each, Node::Pipe(documents + 1, id)]);
            return documents + 2;
        }
    };
    let spread: Vec<Id> = operands.into_iter().map(|operand| spread(program, operand, depth + 1)).collect();
    match &mut program.nodes[id as usize] {
        Node::Pipe(first, _) | Node::Bind(first, _) | Node::Reduce(first, ..) => *first = spread[0],
        Node::Comma(first, second) => (*first, *second) = (spread[0], spread[1]),
        Node::Array(Some(inner)) => *inner = spread[0],
        Node::Native(_, args) => *args = spread,
        _ => {}
    }
    id
}
