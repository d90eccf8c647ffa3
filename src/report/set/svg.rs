//! A set of addresses as a drawing: IPv4 on the Hilbert curve, IPv6 as a table beside it.

use std::cmp::Reverse;
use std::io::{Result, Write};

use ipnet::{IpNet, Ipv4Net};

use super::hilbert::{Rectangle, SIDE, place};
use super::{Share, blocks};
use crate::net::{AddressSet, Cidr};
use crate::report::escape::xml_text;

/// How many blocks of IPv6 have a row in the table.
const MOST_ROWS: usize = 24;

/// How many characters of the title fit in its line.
const TITLE_LENGTH: usize = 150;

/// Colours are written as rules, twice: many programs that show drawings know no variables of CSS.
///
/// A block of 256 addresses is a quarter of a pixel wide. So that it is seen, small blocks are drawn again, by `use`, as
/// outlines with a width of 3 pixels that let through what is under them.
const STYLE: &str = "<style>
text{font:13px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2328}
.title{font-size:17px;font-weight:bold}.head{font-weight:bold}.small{font-size:12px;fill:#59636e}
.octet text{font-size:10px;fill-opacity:.7}.page{fill:#fff}
.allowed{fill:#2aa866;stroke:#0b6b3a}.depends{fill:#eeae22;stroke:#9a6700}.denied{fill:#e8ebee;stroke:#fff}
.map,.key{stroke-width:0}.halo{stroke-width:192;stroke-opacity:.75;fill-opacity:0;pointer-events:none}
.grid{fill:none;stroke:#1f2328;stroke-opacity:.13}.frame{fill:none;stroke:#818b98}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.page{fill:#0d1117}
.allowed{fill:#23824f;stroke:#4cc38a}.depends{fill:#a87408;stroke:#f2c14e}.denied{fill:#252b33;stroke:#0d1117}
.grid{stroke:#e6edf3}.frame{stroke:#656c76}}
</style>";

/// Writes a drawing of which addresses are allowed and which depend on something; the others are denied. Both sets may say
/// so of "no address in the request" too. What is in both sets depends.
///
/// The title is any text, and the drawing a document of its own, for light and for dark screens.
///
/// The square is all of IPv4: every block is one exact rectangle on the Hilbert curve. Whichever of allowed, depends and
/// denied has most addresses is the ground, and the blocks of the two others are drawn on it: small holes are as visible as
/// small blocks. Beside it stand the numbers, and the first 24 blocks of IPv6 that are not as most of it is.
///
/// # Errors
/// If `out` cannot be written to.
///
/// # Example
/// ```
/// use ipcond::net::{AddressSet, Cidr};
/// use ipcond::report::set::svg;
/// let block: Cidr = "192.0.2.0/24".parse().unwrap();
/// let mut out = Vec::new();
/// svg::write(&mut out, "not <there>", &AddressSet::from(block).complement(), &AddressSet::default())?;
/// let out = String::from_utf8_lossy(&out);
/// assert!(out.contains("not &lt;there&gt;"));
/// assert!(out.contains("<title>192.0.2.0/24</title>")); // the hole is drawn, not the 24 blocks around it
/// assert!(!out.contains("<title>128.0.0.0/2</title>"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(
    out: &mut dyn Write,
    title: &str,
    allowed: &AddressSet,
    depends: &AddressSet,
) -> Result<()> {
    let areas = Area::all(allowed, depends);
    write_head(out, title, &areas)?;
    write_map(out, &areas)?;
    write_legend(out, &areas)?;
    write_table(out, &areas)?;
    writeln!(out, "</svg>")
}

/// A decision and the addresses that it is made for.
struct Area {
    word: &'static str,
    set: AddressSet,
}

impl Area {
    fn all(allowed: &AddressSet, depends: &AddressSet) -> [Self; 3] {
        let denied = allowed.union(depends).complement();
        let allowed = allowed.difference(depends);
        let area = |word, set| Self { word, set };
        [
            area("allowed", allowed),
            area("depends", depends.clone()),
            area("denied", denied),
        ]
    }

    fn v4(&self) -> impl Iterator<Item = Ipv4Net> {
        self.set.blocks().map_while(|block| match block.net() {
            IpNet::V4(net) => Some(net),
            IpNet::V6(_) => None,
        })
    }

    /// `256 addresses, under 0.01 %, 1 block`.
    fn numbers(&self) -> String {
        let v4 = self.set.only_v4();
        let plural = if v4.count().exact() == Some(1) {
            ""
        } else {
            "es"
        };
        format!(
            "{} address{plural}, {}, {}",
            v4.count(),
            Share::of(&v4),
            blocks(v4.blocks().count())
        )
    }
}

fn write_head(out: &mut dyn Write, title: &str, areas: &[Area; 3]) -> Result<()> {
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1500 1112" role="img" aria-labelledby="ipcond-title ipcond-desc">"#
    )?;
    writeln!(
        out,
        r#"<title id="ipcond-title">{}</title>"#,
        xml_text(title)
    )?;
    write!(
        out,
        r#"<desc id="ipcond-desc">All IPv4 addresses on the Hilbert curve."#
    )?;
    for area in areas {
        write!(out, " {}: {}.", area.word, area.numbers())?;
    }
    writeln!(
        out,
        "</desc>\n{STYLE}\n<rect class=\"page\" width=\"1500\" height=\"1112\"/>"
    )?;
    let mut line: String = title.chars().take(TITLE_LENGTH).collect();
    if line.len() < title.len() {
        line.push('…');
    }
    writeln!(
        out,
        r#"<text class="title" x="24" y="42">{}</text>"#,
        xml_text(&line)
    )
}

/// The map is 1,024 wide and high, and 64 addresses are one unit.
fn write_map(out: &mut dyn Write, areas: &[Area; 3]) -> Result<()> {
    let [ground, layers @ ..] = most_first(areas, AddressSet::only_v4);
    writeln!(out, r#"<g transform="translate(24 64)">"#)?;
    writeln!(out, r#"<g class="map" transform="scale(.015625)">"#)?;
    let word = ground.word;
    writeln!(
        out,
        r#"<rect class="{word}" width="{SIDE}" height="{SIDE}"/>"#
    )?;
    for area in layers {
        let word = area.word;
        writeln!(out, r#"<g class="{word}">"#)?;
        write_blocks(out, area.v4().filter(|net| !is_small(*net)))?;
        writeln!(out, r#"<g id="ipcond-{word}">"#)?;
        write_blocks(out, area.v4().filter(|net| is_small(*net)))?;
        writeln!(out, "</g>\n</g>")?;
    }
    writeln!(out, "</g>")?;
    write_grid(out)?;
    // The outlines are over all rectangles, and those of fewer addresses over those of more.
    writeln!(out, r#"<g class="halo" transform="scale(.015625)">"#)?;
    for area in layers {
        let word = area.word;
        writeln!(out, r##"<use class="{word}" href="#ipcond-{word}"/>"##)?;
    }
    writeln!(out, "</g>")?;
    write_octets(out)?;
    writeln!(out, "</g>")
}

/// Whether a block is hard to see: below 4 pixels in width or height.
fn is_small(net: Ipv4Net) -> bool {
    net.prefix_len() > 16
}

fn write_blocks(out: &mut dyn Write, blocks: impl Iterator<Item = Ipv4Net>) -> Result<()> {
    for net in blocks {
        let Rectangle {
            x,
            y,
            width,
            height,
        } = Rectangle::of(net);
        writeln!(
            out,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}"><title>{net}</title></rect>"#
        )?;
    }
    Ok(())
}

/// The areas with more addresses of a family first; of equals the order stays.
fn most_first(areas: &[Area; 3], family: fn(&AddressSet) -> AddressSet) -> [&Area; 3] {
    let mut areas = areas.each_ref();
    areas.sort_by_cached_key(|area| Reverse(family(&area.set).count()));
    areas
}

/// Lines between the blocks of prefix length 8.
fn write_grid(out: &mut dyn Write) -> Result<()> {
    write!(out, r#"<path class="grid" d=""#)?;
    for at in (64..1024).step_by(64) {
        write!(out, "M{at} 0v1024M0 {at}h1024")?;
    }
    writeln!(out, r#""/>"#)?;
    writeln!(out, r#"<rect class="frame" width="1024" height="1024"/>"#)
}

/// The first octet in each of the blocks of prefix length 8.
fn write_octets(out: &mut dyn Write) -> Result<()> {
    writeln!(out, r#"<g class="octet">"#)?;
    for octet in 0..=255_u8 {
        let (x, y) = place(u32::from(octet) << 24);
        let (x, y) = (x / 4096 * 64 + 4, y / 4096 * 64 + 12);
        writeln!(out, r#"<text x="{x}" y="{y}">{octet}</text>"#)?;
    }
    writeln!(out, "</g>")
}

fn write_legend(out: &mut dyn Write, areas: &[Area; 3]) -> Result<()> {
    line(out, 76, "head", "IPv4")?;
    for (area, y) in areas.iter().zip([104, 148, 192]) {
        key(out, y, area.word)?;
        writeln!(out, r#"<text x="1100" y="{y}">{}</text>"#, area.word)?;
        let numbers = area.numbers();
        writeln!(
            out,
            r#"<text class="small" x="1100" y="{}">{numbers}</text>"#,
            y + 18
        )?;
    }
    let explanation = [
        "The line of all addresses is folded into a square.",
        "Numbers are first octets: a small square is a /8.",
        "Every block is one rectangle. Small ones have an",
        "outline to be seen by; no address is in that.",
    ];
    for (text, y) in explanation.into_iter().zip((244..).step_by(18)) {
        line(out, y, "small", text)?;
    }
    line(out, 344, "head", "No source IP in the request")?;
    let word = areas
        .iter()
        .find(|area| area.set.has_none())
        .map_or("denied", |area| area.word);
    key(out, 370, word)?;
    writeln!(out, r#"<text x="1100" y="370">{word}</text>"#)
}

/// The blocks of IPv6 that are not as most of it is, in order.
fn write_table(out: &mut dyn Write, areas: &[Area; 3]) -> Result<()> {
    line(out, 418, "head", "IPv6")?;
    let [ground, one, other] = most_first(areas, AddressSet::only_v6);
    let (one_v6, other_v6) = (one.set.only_v6(), other.set.only_v6());
    let mut rows = merged(
        one_v6.blocks().map(|block| (block, one.word)),
        other_v6.blocks().map(|block| (block, other.word)),
    );
    let mut y = 444;
    for (block, word) in rows.by_ref().take(MOST_ROWS) {
        key(out, y, word)?;
        writeln!(
            out,
            r#"<text x="1100" y="{y}">{block}<title>{word}</title></text>"#
        )?;
        y += 22;
    }
    let more = rows.count();
    if more > 0 {
        line(out, y, "small", &format!("… {} more", blocks(more)))?;
        y += 22;
    }
    key(out, y, ground.word)?;
    let rest = if y == 444 { "all" } else { "all else" };
    writeln!(
        out,
        r#"<text x="1100" y="{y}">{rest} {}</text>"#,
        ground.word
    )
}

/// Two lists in order as one.
fn merged<'a>(
    one: impl Iterator<Item = (Cidr, &'a str)>,
    other: impl Iterator<Item = (Cidr, &'a str)>,
) -> impl Iterator<Item = (Cidr, &'a str)> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    std::iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some(first), Some(second)) if first <= second => one.next(),
        (Some(_), None) => one.next(),
        _ => other.next(),
    })
}

/// A line of text beside the map.
fn line(out: &mut dyn Write, y: u32, class: &str, text: &str) -> Result<()> {
    writeln!(
        out,
        r#"<text class="{class}" x="1076" y="{y}">{}</text>"#,
        xml_text(text)
    )
}

/// The colour of a line beside the map.
fn key(out: &mut dyn Write, y: u32, class: &str) -> Result<()> {
    let y = y - 11;
    writeln!(
        out,
        r#"<rect class="key {class}" x="1076" y="{y}" width="13" height="13"/>"#
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{set, sets, small, written};
    use super::*;

    fn drawing(allowed: &AddressSet, depends: &AddressSet) -> String {
        written(|out| write(out, "title", allowed, depends))
    }

    /// The layers of blocks, `class: titles of the blocks`; the first class is the ground.
    fn layers(drawing: &str) -> Vec<String> {
        let map = drawing.split_once("<g class=\"map\"").expect("a map").1;
        let map = map.split_once("<path class=\"grid\"").expect("a grid").0;
        let mut layers = Vec::new();
        for line in map.lines() {
            let class = line
                .split_once("class=\"")
                .and_then(|(_, rest)| rest.split_once('"'));
            let title = line
                .split_once("<title>")
                .and_then(|(_, rest)| rest.split_once('<'));
            if let Some((class, _)) = class {
                layers.push(format!("{class}:"));
            } else if let (Some(layer), Some((title, _))) = (layers.last_mut(), title) {
                layer.extend([" ", title]);
            }
        }
        layers
    }

    /// The table of IPv6, `class text` of each row.
    fn table(drawing: &str) -> Vec<String> {
        let table = drawing.split_once(">IPv6</text>").expect("a table").1;
        let (mut rows, mut class) = (Vec::new(), "");
        for line in table.lines() {
            if let Some((_, rest)) = line.split_once("class=\"key ") {
                class = rest.split_once('"').expect("a class").0;
            } else if let Some((_, rest)) =
                line.split_once('>').filter(|_| line.starts_with("<text"))
            {
                rows.push(format!(
                    "{class} {}",
                    rest.split_once('<').expect("a text").0
                ));
            }
        }
        rows
    }

    #[test]
    fn a_rectangle_for_each_block() {
        let depends = set("10.0.0.0/8 fd00::/8").with_none(true);
        let drawing = drawing(&small(), &depends);
        assert_eq!(
            layers(&drawing),
            [
                "denied:",
                "depends: 10.0.0.0/8",
                "allowed: 198.51.100.7/32 203.0.113.0/25"
            ]
        );
        for line in [
            r#"<rect class="denied" width="65536" height="65536"/>"#,
            r#"<rect x="12288" y="12288" width="4096" height="4096"><title>10.0.0.0/8</title></rect>"#,
            r##"<use class="depends" href="#ipcond-depends"/>
<use class="allowed" href="#ipcond-allowed"/>"##,
            r#"<text class="small" x="1100" y="122">129 addresses, under 0.01 %, 2 blocks</text>"#,
            r#"<text class="small" x="1100" y="166">16,777,216 addresses, 0.39 %, 1 block</text>"#,
            r#"<text x="196" y="204">10</text>"#,
            r#"<text x="1100" y="370">depends</text>"#,
        ] {
            assert!(drawing.contains(line), "{line}\n{drawing}");
        }
        assert_eq!(
            table(&drawing),
            [
                "allowed 2001:db8:1::/48",
                "depends fd00::/8",
                "denied all else denied"
            ]
        );
    }

    #[test]
    fn nothing_everything_and_holes() {
        let empty = AddressSet::default();
        let none = |drawing: &str, word: &str| {
            drawing.contains(&format!(r#"<text x="1100" y="370">{word}</text>"#))
        };
        let nothing = drawing(&empty, &empty);
        assert_eq!(layers(&nothing), ["denied:", "allowed:", "depends:"]);
        assert_eq!(table(&nothing), ["denied all denied"]);
        assert!(none(&nothing, "denied"));
        assert!(none(&drawing(&AddressSet::none(), &empty), "allowed"));
        let all = drawing(&AddressSet::all(), &empty);
        assert_eq!(layers(&all), ["allowed:", "depends:", "denied:"]);
        assert_eq!(table(&all), ["allowed all allowed"]);
        let holed = drawing(&small().complement(), &empty);
        assert_eq!(
            layers(&holed),
            [
                "allowed:",
                "denied: 198.51.100.7/32 203.0.113.0/25",
                "depends:"
            ]
        );
        assert_eq!(
            table(&holed),
            ["denied 2001:db8:1::/48", "allowed all else allowed"]
        );
        let unknown = drawing(&AddressSet::all(), &AddressSet::all());
        assert_eq!(layers(&unknown)[0], "depends:", "never rounded to allowed");
    }

    #[test]
    fn blocks_below_4_pixels_are_outlined() {
        let drawing = drawing(&set("10.0.0.0/16 10.2.0.0/17"), &AddressSet::default());
        let (before, outlined) = drawing
            .split_once(r#"<g id="ipcond-allowed">"#)
            .expect("a group");
        assert!(before.contains(r#"width="256" height="256"><title>10.0.0.0/16<"#));
        assert!(outlined.contains("<title>10.2.0.0/17<"));
    }

    #[test]
    fn a_long_table_says_what_it_leaves_out() {
        let many: Vec<String> = (0..30).map(|at| format!("2001:db8:{at:x}::/52")).collect();
        let drawing = drawing(&set(&many.join(" ")), &AddressSet::default());
        let rows = table(&drawing);
        assert_eq!(rows.len(), MOST_ROWS + 2);
        assert_eq!(rows[MOST_ROWS - 1], "allowed 2001:db8:17::/52");
        assert!(rows[MOST_ROWS].ends_with(" … 6 blocks more"), "{rows:?}");
    }

    #[test]
    fn any_title_is_text() {
        let title = format!("<script>&\u{1b}{}", "ü".repeat(200));
        let empty = AddressSet::default();
        let drawing = written(|out| write(out, &title, &empty, &empty));
        let shown = format!("&lt;script&gt;&amp;\\u{{1b}}{}", "ü".repeat(140));
        assert!(drawing.contains(&format!(">{shown}…</text>")), "{drawing}");
        assert!(
            drawing.contains(&format!("{shown}{}</title>", "ü".repeat(60))),
            "whole"
        );
        assert!(!drawing.contains("<script"));
    }

    proptest! {
        #[test]
        fn the_layers_are_the_sets(allowed in sets(), depends in sets()) {
            let allowed = allowed.difference(&depends);
            let layers = layers(&drawing(&allowed, &depends));
            prop_assert_eq!(layers.len(), 3);
            for layer in &layers[1..] {
                let (class, blocks) = layer.split_once(':').expect("a class");
                let expected = match class {
                    "allowed" => allowed.only_v4(),
                    "depends" => depends.only_v4(),
                    _ => allowed.union(&depends).complement().only_v4(),
                };
                prop_assert_eq!(set(blocks), expected);
            }
        }
    }
}
