//! Wasm that is packed for the world.
//!
//! A host gzips what it serves, and gzip sees no further back than 32 KB; much of a wasm program
//! repeats what stands further back. Packed by xz it is a quarter smaller. No browser unpacks that by
//! itself, so the xz-decompress package does, while the bytes arrive: the browser compiles as it does
//! without.

use std::io::Write;
use std::path::Path;

use lzma_rust2::{CheckType, XzOptions, XzWriter};

use super::version::MARK;
use super::{read, write};
use crate::place;
use crate::run::{self, Outcome};

/// The decoder, a CommonJS module in node_modules.
const DECODER: &str = "node_modules/xz-decompress/dist/package/xz-decompress.min.js";

/// Packs a wasm file; the packed one is beside it.
pub fn pack(file: &Path) -> Outcome {
    let problem = |e: std::io::Error| format!("cannot pack {}: {e}", file.display());
    let bytes = std::fs::read(file).map_err(problem)?;
    let packed = xz(&bytes).map_err(problem)?;
    std::fs::write(file.with_extension("wasm.xz"), packed).map_err(problem)
}

fn xz(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut options = XzOptions::with_preset(9);
    // The browser needs as much memory as this to unpack, and no program is longer.
    options.lzma_options.dict_size = 8 << 20;
    // What the decoder knows to check.
    options.set_check_sum_type(CheckType::Crc32);
    let mut writer = XzWriter::new(Vec::new(), options)?;
    writer.write_all(bytes)?;
    writer.finish()
}

/// Writes what unpacks: the decoder as a module, and the one function that the starts import.
pub fn write_decoder(folder: &Path) -> Outcome {
    run::say("· Packing the programs with xz …");
    let decoder = read(&place::root().join(DECODER))?;
    let module = format!(
        "const module = {{ exports: {{}} }}, exports = module.exports, require = () => globalThis;\n\
         {decoder}\nexport const {{ XzReadableStream }} = module.exports;\n"
    );
    write(&folder.join("vendor/xz.mjs"), &module)?;
    write(&folder.join("unpack.js"), &format!("import {{ XzReadableStream }} from './vendor/xz.mjs{MARK}';\n{UNPACK}"))
}

const UNPACK: &str = "\
export async function unpack(url) {
  const packed = await fetch(url);
  if (!packed.ok) throw new Error(`${packed.status} ${packed.statusText} for ${url}`);
  const headers = { 'Content-Type': 'application/wasm' };
  return new Response(new XzReadableStream(packed.body), { headers });
}
";

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let bytes: Vec<u8> = (0..100_000u32).flat_map(|n| (n % 700).to_le_bytes()).collect();
        let packed = xz(&bytes).unwrap();
        assert!(packed.len() < 10_000);
        let mut out = Vec::new();
        lzma_rust2::XzReader::new(&packed[..], false).read_to_end(&mut out).unwrap();
        assert!(out == bytes);
    }
}
