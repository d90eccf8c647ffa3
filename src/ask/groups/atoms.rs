//! Texts that no pattern tells apart.

use std::collections::{BTreeMap, HashSet, VecDeque};

use crate::policy::Token;

/// A set of texts that the same patterns match, with one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    /// The patterns that match, by their index.
    pub(super) matched: Vec<usize>,
    /// A text that just these match, among the shortest.
    pub(super) example: String,
}

/// The patterns lead to more cases than are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

/// The most cases that are followed: far more than policies of people have.
const MOST_STATES: usize = 50_000;

/// A pattern: each alternative is a list of tokens.
pub(super) type Alternatives = Vec<Vec<Token>>;

/// All atoms of the patterns among the texts that match `frame`: the texts that none matches are one of them, if there
/// are any.
///
/// All patterns are followed at once through all texts, shortest first; what patterns can still match is a finite state,
/// so this ends, and every way in which patterns overlap is met.
pub(super) fn atoms(frame: &[Token], patterns: &[Alternatives]) -> Result<Vec<Atom>, TooMany> {
    let machine = Machine::new(frame, patterns);
    let start = machine.start();
    let mut seen: HashSet<State> = HashSet::from([start.clone()]);
    let mut found: BTreeMap<Vec<usize>, String> = BTreeMap::new();
    let mut waiting: VecDeque<(State, String)> = VecDeque::from([(start, String::new())]);
    while let Some((state, text)) = waiting.pop_front() {
        if let Some(matched) = machine.matched(&state) {
            found.entry(matched).or_insert_with(|| text.clone());
        }
        for character in &machine.alphabet {
            let next = machine.step(&state, *character);
            // Without the frame nothing comes of it.
            if !machine.is_alive(&next) || seen.contains(&next) {
                continue;
            }
            if seen.len() == MOST_STATES {
                return Err(TooMany);
            }
            seen.insert(next.clone());
            waiting.push_back((next, format!("{text}{character}")));
        }
    }
    let atoms = found.into_iter();
    Ok(atoms
        .map(|(matched, example)| Atom { matched, example })
        .collect())
}

/// The places of all lists that can be reached by a text, as bits: the words that are not zero, by their number.
///
/// Most patterns part from a text after a few characters, so few words are left.
type State = Vec<(u32, u64)>;

/// All lists of tokens side by side.
struct Machine {
    lists: Vec<Vec<Token>>,
    /// Where the words of each list begin.
    offsets: Vec<u32>,
    /// The list of each word.
    owners: Vec<u32>,
    /// The pattern of each list; list 0 is the frame.
    pattern_of: Vec<usize>,
    /// Every character that some list names, a colon, and one that none names.
    alphabet: Vec<char>,
}

impl Machine {
    fn new(frame: &[Token], patterns: &[Alternatives]) -> Self {
        let mut lists = vec![frame.to_vec()];
        let mut pattern_of = vec![usize::MAX];
        for (pattern, alternatives) in patterns.iter().enumerate() {
            lists.extend(alternatives.iter().cloned());
            pattern_of.resize(lists.len(), pattern);
        }
        let (mut offsets, mut owners) = (Vec::new(), Vec::new());
        for (number, list) in (0_u32..).zip(&mut lists) {
            list.dedup_by(|next, kept| {
                next == kept && matches!(kept, Token::Many | Token::ManyNoColon)
            });
            offsets.push(u32::try_from(owners.len()).unwrap_or(u32::MAX));
            owners.resize(owners.len() + list.len() / 64 + 1, number);
        }
        let alphabet = alphabet(&lists);
        Self {
            lists,
            offsets,
            owners,
            pattern_of,
            alphabet,
        }
    }

    fn start(&self) -> State {
        let mut state = Vec::new();
        for (list, offset) in self.lists.iter().zip(&self.offsets) {
            Self::reach(&mut state, list, *offset, 0);
        }
        state
    }

    /// Marks a place of a list, and those that follow it over stars, which may match nothing.
    fn reach(state: &mut State, list: &[Token], offset: u32, mut place: usize) {
        loop {
            let word = offset + u32::try_from(place / 64).unwrap_or(u32::MAX);
            let bit = 1_u64 << (place % 64);
            match state.iter_mut().rev().find(|(other, _)| *other == word) {
                Some((_, bits)) => *bits |= bit,
                None => state.push((word, bit)),
            }
            if !matches!(list.get(place), Some(Token::Many | Token::ManyNoColon)) {
                return;
            }
            place += 1;
        }
    }

    fn step(&self, state: &State, character: char) -> State {
        let mut next = State::new();
        for (word, bits) in state {
            let owner = self.owners[*word as usize] as usize;
            let (list, offset) = (&self.lists[owner], self.offsets[owner]);
            let first = (*word - offset) as usize * 64;
            let mut left = *bits;
            while left != 0 {
                let place = first + left.trailing_zeros() as usize;
                left &= left - 1;
                let reached = match list.get(place) {
                    Some(Token::Char(own)) => (*own == character).then_some(place + 1),
                    Some(Token::One) => Some(place + 1),
                    Some(Token::OneNoColon) => (character != ':').then_some(place + 1),
                    Some(Token::Many) => Some(place),
                    Some(Token::ManyNoColon) => (character != ':').then_some(place),
                    None => None,
                };
                if let Some(reached) = reached {
                    Self::reach(&mut next, list, offset, reached);
                }
            }
        }
        next.sort_unstable();
        next
    }

    /// The lists that match the text so far, in order.
    fn accepting(&self, state: &State) -> impl Iterator<Item = usize> {
        state.iter().filter_map(|(word, bits)| {
            let owner = self.owners[*word as usize] as usize;
            let end = self.lists[owner].len();
            let last = self.offsets[owner] as usize + end / 64;
            (last == *word as usize && bits >> (end % 64) & 1 == 1).then_some(owner)
        })
    }

    /// Whether the frame can still match.
    fn is_alive(&self, state: &State) -> bool {
        state
            .first()
            .is_some_and(|(word, _)| self.owners[*word as usize] == 0)
    }

    /// The patterns that match the text so far, if the frame does.
    fn matched(&self, state: &State) -> Option<Vec<usize>> {
        let mut lists = self.accepting(state).peekable();
        lists.next_if_eq(&0)?;
        let mut matched: Vec<usize> = lists.map(|list| self.pattern_of[list]).collect();
        matched.dedup();
        Some(matched)
    }
}

fn alphabet(lists: &[Vec<Token>]) -> Vec<char> {
    let mut alphabet: Vec<char> = lists
        .iter()
        .flatten()
        .filter_map(|token| match token {
            Token::Char(character) => Some(*character),
            _ => None,
        })
        .chain([':'])
        .collect();
    alphabet.sort_unstable();
    alphabet.dedup();
    let other = ('a'..='z').chain('0'..='9').chain('\u{e0}'..='\u{2ff}');
    let other = other.into_iter().find(|other| !alphabet.contains(other));
    alphabet.extend(other);
    alphabet
}

/// The narrowest patterns that name an atom.
fn narrowest(atoms: &[Atom], atom: &Atom) -> Vec<usize> {
    let within = |inner: usize, outer: usize| {
        let mut holds = atoms.iter().filter(|atom| atom.matched.contains(&inner));
        holds.all(|atom| atom.matched.contains(&outer))
    };
    let narrower = |pattern: usize| {
        atom.matched
            .iter()
            .any(|other| *other != pattern && within(*other, pattern) && !within(pattern, *other))
    };
    let matched = atom.matched.iter().copied();
    matched.filter(|pattern| !narrower(*pattern)).collect()
}

pub(super) fn title(atoms: &[Atom], atom: &Atom, texts: &[&str], rest: &str) -> String {
    let narrowest: Vec<&str> = narrowest(atoms, atom)
        .into_iter()
        .map(|index| texts[index])
        .collect();
    match narrowest.as_slice() {
        [] => rest.to_owned(),
        texts => texts.join(" and "),
    }
}

/// In the order in which the policies name them, the rest last.
pub(super) fn order(atoms: &[Atom], atom: &Atom) -> usize {
    narrowest(atoms, atom)
        .first()
        .copied()
        .unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Pattern, glob_tokens};

    fn globs(texts: &[&str]) -> Vec<(Vec<usize>, String)> {
        let patterns: Vec<Alternatives> =
            texts.iter().map(|text| vec![glob_tokens(text)]).collect();
        let atoms = atoms(&[Token::Many], &patterns).expect("few patterns, few states");
        atoms
            .into_iter()
            .map(|atom| (atom.matched, atom.example))
            .collect()
    }

    #[test]
    fn every_overlap_is_found() {
        // Neither holds the other, and some texts match both: those would be missed by looking at each alone.
        let atoms = globs(&["Get*", "*Object"]);
        let matched: Vec<&[usize]> = atoms
            .iter()
            .map(|(matched, _)| matched.as_slice())
            .collect();
        assert_eq!(matched, [&[][..], &[0], &[0, 1], &[1]]);
        assert_eq!(atoms[2].1, "GetObject");
        assert_eq!(globs(&["*"]).len(), 1); // nothing is outside of it
        assert_eq!(globs(&["a", "a?", "a*"]).len(), 4);
    }

    #[test]
    fn an_example_matches_what_its_atom_says() {
        let texts = ["s3:Get*", "s3:*Object", "s3:GetObject", "?3:*", "*:*a*b*"];
        for (matched, example) in globs(&texts) {
            for (index, text) in texts.iter().enumerate() {
                assert_eq!(
                    Pattern::glob(text).matches(&example),
                    matched.contains(&index),
                    "{example} {text}"
                );
            }
        }
    }

    #[test]
    fn patterns_made_to_explode_are_given_up() {
        let hostile: Vec<Alternatives> = (0..12)
            .map(|n| vec![glob_tokens(&format!("*a{}b", "?".repeat(10 + n)))])
            .collect();
        assert_eq!(atoms(&[Token::Many], &hostile), Err(TooMany));
    }
}
