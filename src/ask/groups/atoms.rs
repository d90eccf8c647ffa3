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
    let mut seen: HashSet<Vec<u64>> = HashSet::from([start.clone()]);
    let mut found: BTreeMap<Vec<usize>, String> = BTreeMap::new();
    let mut waiting: VecDeque<(Vec<u64>, String)> = VecDeque::from([(start, String::new())]);
    while let Some((state, text)) = waiting.pop_front() {
        if machine.accepts(&state, 0) {
            let matched = machine.matched(&state);
            found.entry(matched).or_insert_with(|| text.clone());
        }
        for character in &machine.alphabet {
            let next = machine.step(&state, *character);
            // Without the frame nothing comes of it.
            if !machine.is_alive(&next, 0) || seen.contains(&next) {
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

/// All lists of tokens side by side: the bits of a state say which places of each can be reached by the text so far.
struct Machine {
    lists: Vec<Vec<Token>>,
    /// Where the bits of each list begin, in words.
    offsets: Vec<usize>,
    words: usize,
    /// For each pattern, its lists. List 0 is the frame.
    patterns: Vec<Vec<usize>>,
    /// Every character that some list names, a colon, and one that none names.
    alphabet: Vec<char>,
}

impl Machine {
    fn new(frame: &[Token], patterns: &[Alternatives]) -> Self {
        let mut lists = vec![frame.to_vec()];
        let mut members = Vec::new();
        for alternatives in patterns {
            let first = lists.len();
            lists.extend(alternatives.iter().cloned());
            members.push((first..lists.len()).collect());
        }
        let mut offsets = Vec::new();
        let mut words = 0;
        for list in &mut lists {
            list.dedup_by(|next, kept| {
                next == kept && matches!(kept, Token::Many | Token::ManyNoColon)
            });
            offsets.push(words);
            words += list.len() / 64 + 1;
        }
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
        Self {
            lists,
            offsets,
            words,
            patterns: members,
            alphabet,
        }
    }

    fn start(&self) -> Vec<u64> {
        let mut state = vec![0; self.words];
        for (list, offset) in self.lists.iter().zip(&self.offsets) {
            let end = offset + list.len() / 64 + 1;
            state[*offset] = 1;
            skip_stars(list, &mut state[*offset..end]);
        }
        state
    }

    fn step(&self, state: &[u64], character: char) -> Vec<u64> {
        let mut next = vec![0; self.words];
        for (list, offset) in self.lists.iter().zip(&self.offsets) {
            let end = offset + list.len() / 64 + 1;
            let (from, to) = (&state[*offset..end], &mut next[*offset..end]);
            if from.iter().all(|word| *word == 0) {
                continue;
            }
            for (index, token) in list.iter().enumerate() {
                if from[index / 64] >> (index % 64) & 1 == 0 {
                    continue;
                }
                let moves = match token {
                    Token::Char(own) => *own == character,
                    Token::One => true,
                    Token::OneNoColon => character != ':',
                    Token::Many | Token::ManyNoColon => false,
                };
                let stays = match token {
                    Token::Many => true,
                    Token::ManyNoColon => character != ':',
                    _ => false,
                };
                let reached = if moves { index + 1 } else { index };
                if moves || stays {
                    to[reached / 64] |= 1 << (reached % 64);
                }
            }
            skip_stars(list, to);
        }
        next
    }

    fn accepts(&self, state: &[u64], list: usize) -> bool {
        let end = self.lists[list].len();
        state[self.offsets[list] + end / 64] >> (end % 64) & 1 == 1
    }

    fn is_alive(&self, state: &[u64], list: usize) -> bool {
        let start = self.offsets[list];
        let end = start + self.lists[list].len() / 64 + 1;
        state[start..end].iter().any(|word| *word != 0)
    }

    fn matched(&self, state: &[u64]) -> Vec<usize> {
        let patterns = self.patterns.iter().enumerate();
        patterns
            .filter(|(_, lists)| lists.iter().any(|list| self.accepts(state, *list)))
            .map(|(index, _)| index)
            .collect()
    }
}

/// A star may match nothing.
fn skip_stars(list: &[Token], state: &mut [u64]) {
    for (index, token) in list.iter().enumerate() {
        let reached = state[index / 64] >> (index % 64) & 1 == 1;
        if reached && matches!(token, Token::Many | Token::ManyNoColon) {
            let next = index + 1;
            state[next / 64] |= 1 << (next % 64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Pattern, glob_tokens};

    fn globs(texts: &[&str]) -> Vec<(Vec<usize>, String)> {
        let patterns: Vec<Alternatives> =
            texts.iter().map(|text| vec![glob_tokens(text)]).collect();
        let atoms = atoms(&[Token::Many], &patterns).unwrap();
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
