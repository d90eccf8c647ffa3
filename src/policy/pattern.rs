//! Text patterns with `*` and `?`, matched in time linear in the text: nothing is ever tried twice.

use std::collections::BTreeMap;

use super::bytes::{begins, ends, same};

/// One element of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Token {
    /// This character.
    Char(char),
    /// `?`: any one character.
    One,
    /// `?` in the first five segments of a resource: any one character but a colon (GRAM-36).
    OneNoColon,
    /// `*`: any run of characters.
    Many,
    /// `*` inside one of the first five segments of a resource: any run without a colon (GRAM-33).
    ManyNoColon,
}

impl Token {
    /// The same wildcard where it cannot cross a colon.
    pub(crate) fn within_segment(self) -> Self {
        match self {
            Self::One => Self::OneNoColon,
            Self::Many => Self::ManyNoColon,
            other => other,
        }
    }

    fn is_star(self) -> bool {
        matches!(self, Self::Many | Self::ManyNoColon)
    }
}

/// A compiled pattern that matches whole texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// No wildcard.
    Exact(String),
    /// Literal pieces with `*` between them: `first*middle*…*last`.
    Pieces {
        first: String,
        middle: Vec<String>,
        last: String,
    },
    /// Anything else: all partial matches are followed at once, 64 to a machine word.
    General(Vec<Token>),
}

impl Pattern {
    pub(crate) fn new(tokens: &[Token]) -> Self {
        if tokens
            .iter()
            .any(|token| !matches!(token, Token::Char(_) | Token::Many))
        {
            let mut general = tokens.to_vec();
            // Neighbouring stars say as much as the widest of them, and alone it is skipped in one step.
            general.dedup_by(|next, kept| {
                let both = next.is_star() && kept.is_star();
                if both && *next == Token::Many {
                    *kept = Token::Many;
                }
                both
            });
            return Self::General(general);
        }
        let mut pieces: Vec<String> = tokens
            .split(|token| *token == Token::Many)
            .map(|piece| literal(piece).unwrap_or_default())
            .collect();
        let first = pieces.remove(0);
        match pieces.pop() {
            None => Self::Exact(first),
            Some(last) => {
                pieces.retain(|piece| !piece.is_empty());
                Self::Pieces {
                    first,
                    middle: pieces,
                    last,
                }
            }
        }
    }

    /// A pattern from text in which `*` and `?` are wildcards.
    pub(crate) fn glob(text: &str) -> Self {
        Self::new(&glob_tokens(text))
    }

    /// As [`Pattern::matches`]; bytes that are no text match nothing but what takes every text.
    #[inline]
    pub(crate) fn matches_bytes(&self, text: &[u8]) -> bool {
        match self {
            Self::Exact(exact) => same(exact.as_bytes(), text),
            Self::Pieces {
                first,
                middle,
                last,
            } => {
                let cut = first.len() + last.len();
                let mut rest = text.get(first.len()..).unwrap_or_default();
                text.len() >= cut
                    && begins(text, first.as_bytes())
                    && ends(text, last.as_bytes())
                    && middle.iter().all(|piece| {
                        // The leftmost place of each piece leaves the most room for the next.
                        let room = rest.len() - last.len();
                        let found = find(&rest[..room], piece.as_bytes());
                        found.is_some_and(|at| {
                            rest = &rest[at + piece.len()..];
                            true
                        })
                    })
            }
            Self::General(tokens) if tokens.len() <= FEW && text.is_ascii() => {
                follow(tokens, text).unwrap_or_else(|| self.matches_text(text))
            }
            Self::General(_) => self.matches_text(text),
        }
    }

    fn matches_text(&self, text: &[u8]) -> bool {
        std::str::from_utf8(text).is_ok_and(|text| self.matches(text))
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => same(exact.as_bytes(), text.as_bytes()),
            // What begins with a whole character and ends with one is cut between characters.
            Self::Pieces { .. } => self.matches_bytes(text.as_bytes()),
            Self::General(tokens) => simulate(tokens, text),
        }
    }
}

/// Patterns of so many tokens are followed step by step, back to the last `*` where that was wrong.
const FEW: usize = 64;

/// The first place of a piece of text that is not empty.
#[inline]
fn find(text: &[u8], piece: &[u8]) -> Option<usize> {
    match piece {
        [byte] => memchr::memchr(*byte, text),
        _ => memchr::memmem::find(text, piece),
    }
}

/// Whether text of one byte for each character matches; `None` if the pattern has a wildcard that stops at colons.
fn follow(tokens: &[Token], text: &[u8]) -> Option<bool> {
    let (mut token, mut at) = (0, 0);
    // after the last star: the next token, and where in the text it is tried
    let mut star: Option<(usize, usize)> = None;
    loop {
        match tokens.get(token) {
            Some(Token::ManyNoColon | Token::OneNoColon) => return None,
            Some(Token::Many) => {
                token += 1;
                star = Some((token, at));
                continue;
            }
            Some(Token::One) if at < text.len() => {
                (token, at) = (token + 1, at + 1);
                continue;
            }
            Some(Token::Char(character))
                if text
                    .get(at)
                    .is_some_and(|byte| char::from(*byte) == *character) =>
            {
                (token, at) = (token + 1, at + 1);
                continue;
            }
            None if at == text.len() => return Some(true),
            _ => {}
        }
        match &mut star {
            Some((after, tried)) if *tried < text.len() => {
                *tried += 1;
                (token, at) = (*after, *tried);
            }
            _ => return Some(false),
        }
    }
}

/// The tokens of text in which `*` and `?` are wildcards.
pub(crate) fn glob_tokens(text: &str) -> Vec<Token> {
    let token = |character| match character {
        '*' => Token::Many,
        '?' => Token::One,
        other => Token::Char(other),
    };
    text.chars().map(token).collect()
}

/// The text of tokens that have no wildcard.
pub(crate) fn literal(tokens: &[Token]) -> Option<String> {
    let character = |token: &Token| match token {
        Token::Char(character) => Some(*character),
        _ => None,
    };
    tokens.iter().map(character).collect()
}

/// Follows all partial matches at once: bit `i` says that the first `i` tokens can match the text so far.
fn simulate(tokens: &[Token], text: &str) -> bool {
    let masks = Masks::new(tokens);
    let mut state = vec![0_u64; tokens.len() / 64 + 1];
    let mut moved = state.clone();
    state[0] = 1;
    masks.skip_stars(&mut state);
    for character in text.chars() {
        masks.step(&mut state, &mut moved, character);
        if state.iter().all(|word| *word == 0) {
            return false;
        }
    }
    state[tokens.len() / 64] >> (tokens.len() % 64) & 1 == 1
}

/// Which tokens take which characters, as bits.
struct Masks {
    /// For each character of the pattern, the words that have it and the bits in them.
    exact: BTreeMap<char, Vec<(usize, u64)>>,
    any: Vec<u64>,
    any_but_colon: Vec<u64>,
    stars: Vec<u64>,
    stars_no_colon: Vec<u64>,
}

impl Masks {
    fn new(tokens: &[Token]) -> Self {
        let empty = vec![0_u64; tokens.len() / 64 + 1];
        let mut masks = Self {
            exact: BTreeMap::new(),
            any: empty.clone(),
            any_but_colon: empty.clone(),
            stars: empty.clone(),
            stars_no_colon: empty,
        };
        for (index, token) in tokens.iter().enumerate() {
            let (word, bit) = (index / 64, 1_u64 << (index % 64));
            match token {
                Token::Char(character) => {
                    let words = masks.exact.entry(*character).or_default();
                    match words.last_mut() {
                        Some((last, bits)) if *last == word => *bits |= bit,
                        _ => words.push((word, bit)),
                    }
                }
                Token::One => masks.any[word] |= bit,
                Token::OneNoColon => masks.any_but_colon[word] |= bit,
                Token::Many => masks.stars[word] |= bit,
                Token::ManyNoColon => masks.stars_no_colon[word] |= bit,
            }
        }
        masks
    }

    /// Takes one character; `moved` is scratch space.
    fn step(&self, state: &mut [u64], moved: &mut [u64], character: char) {
        let colon = character == ':';
        for (word, bits) in state.iter().enumerate() {
            let no_colon = if colon { 0 } else { self.any_but_colon[word] };
            moved[word] = bits & (self.any[word] | no_colon);
        }
        for (word, mask) in self.exact.get(&character).into_iter().flatten() {
            moved[*word] |= state[*word] & mask;
        }
        let mut carry = 0;
        for (word, bits) in state.iter_mut().enumerate() {
            let no_colon = if colon { 0 } else { self.stars_no_colon[word] };
            let stay = *bits & (self.stars[word] | no_colon);
            *bits = (moved[word] << 1) | carry | stay;
            carry = moved[word] >> 63;
        }
        self.skip_stars(state);
    }

    /// A star may match nothing. No two stars stand side by side, so one step does.
    fn skip_stars(&self, state: &mut [u64]) {
        let mut carry = 0;
        for (word, bits) in state.iter_mut().enumerate() {
            let skipped = *bits & (self.stars[word] | self.stars_no_colon[word]);
            *bits |= (skipped << 1) | carry;
            carry = skipped >> 63;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By definition, and slowly.
    fn slow(tokens: &[Token], text: &[char]) -> bool {
        match (tokens.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some((Token::Many, rest)), next) => {
                slow(rest, text) || next.is_some_and(|(_, after)| slow(tokens, after))
            }
            (Some((Token::ManyNoColon, rest)), next) => {
                slow(rest, text)
                    || next.is_some_and(|(head, after)| *head != ':' && slow(tokens, after))
            }
            (Some((Token::Char(expected), rest)), Some((head, after))) => {
                expected == head && slow(rest, after)
            }
            (Some((Token::One, rest)), Some((_, after))) => slow(rest, after),
            (Some((Token::OneNoColon, rest)), Some((head, after))) => {
                *head != ':' && slow(rest, after)
            }
            (Some(_), None) => false,
        }
    }

    fn tokens() -> impl Strategy<Value = Vec<Token>> {
        let token = prop_oneof![
            3 => prop::sample::select(vec!['a', 'b', ':', 'é']).prop_map(Token::Char),
            1 => Just(Token::One),
            1 => Just(Token::OneNoColon),
            2 => Just(Token::Many),
            1 => Just(Token::ManyNoColon),
        ];
        prop::collection::vec(token, 0..9)
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(tokens in tokens(), text in "[ab:é]{0,9}") {
            let characters: Vec<char> = text.chars().collect();
            let expected = slow(&tokens, &characters);
            prop_assert_eq!(Pattern::new(&tokens).matches(&text), expected);
            prop_assert_eq!(Pattern::new(&tokens).matches_bytes(text.as_bytes()), expected);
        }

        #[test]
        fn long_patterns_cross_words(head in "[ab]{60,70}", text in "[ab]{0,9}") {
            let pattern = Pattern::glob(&format!("{head}?*b"));
            prop_assert_eq!(pattern.matches(&format!("{head}{text}")), text.len() > 1 && text.ends_with('b'));
        }
    }

    #[test]
    fn takes_no_more_memory_for_many_different_characters() {
        let many: String = ('\u{4e00}'..'\u{9fff}').collect();
        assert!(Pattern::glob(&format!("{many}?")).matches(&format!("{many}x")));
        assert!(!Pattern::glob(&format!("{many}{}", "?".repeat(20_000))).matches(&many));
    }

    #[test]
    fn stays_fast_on_patterns_that_make_backtracking_explode() {
        let text = "a".repeat(100_000);
        assert!(!Pattern::glob(&("a*".repeat(1_000) + "b")).matches(&text));
        assert!(!Pattern::glob(&("a*?".repeat(1_000) + "b")).matches(&text));
        assert!(
            !Pattern::glob(&(String::from("*") + &"a".repeat(10_000) + "?b"))
                .matches(&text[..20_000])
        );
    }
}
