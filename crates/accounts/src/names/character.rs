//! Characters that have no place in a name, in words.

/// Why this character cannot stand where it stands, with its name in front.
pub(super) fn wrong(character: char) -> String {
    let named = named(character);
    let kind = kind(character);
    if kind.is_empty() { format!("it has {named}") } else { format!("it has {named}, {kind}") }
}

/// The character between quotation marks; one that cannot be seen, or could be taken for another,
/// by its number.
pub(super) fn named(character: char) -> String {
    if character.is_ascii_graphic() {
        return format!("the character {character:?}");
    }
    let number = format!("U+{:04X}", u32::from(character));
    let shown = format!("{character:?}");
    if shown.contains('\\') || character.is_whitespace() {
        format!("the character {number}")
    } else {
        format!("the character {shown} ({number})")
    }
}

/// What is special about it; empty if nothing is.
fn kind(character: char) -> &'static str {
    match character {
        _ if is_typographic_quote(character) => "a typographic quotation mark",
        '\'' | '"' | '`' => "a quotation mark",
        _ if character.is_control() => "a control character",
        _ if character.is_whitespace() => "a blank",
        _ if is_invisible(character) => "which cannot be seen",
        _ if is_symbol(character) => "a symbol and no letter",
        _ => "",
    }
}

/// Quotation marks that word processors and web pages put for `'` and `"`.
fn is_typographic_quote(character: char) -> bool {
    matches!(character, '\u{2018}'..='\u{201f}' | '\u{2032}'..='\u{2037}' | '«' | '»' | '‹' | '›'
        | '´' | '\u{301d}'..='\u{301f}' | '\u{ff02}' | '\u{ff07}')
}

/// Characters that UTS 46 would drop without a word, and marks that turn the direction of a line.
/// The two joiners are not among them: Persian and Indian names need them, and UTS 46 looks at
/// where they stand.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'
        | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Arrows, dingbats and emoji. UTS 46 lets them pass, IDNA 2008 has no letter among them and no
/// registry should hand such a name out.
pub(super) fn is_symbol(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{245f}' | '\u{2500}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1f0ff}' | '\u{1f1e6}'..='\u{1fbef}')
}

/// Whether a domain name cannot have it, whatever UTS 46 would make of it.
pub(super) fn is_refused(character: char) -> bool {
    is_typographic_quote(character)
        || character.is_control()
        || character.is_whitespace()
        || is_invisible(character)
        || is_symbol(character)
}
