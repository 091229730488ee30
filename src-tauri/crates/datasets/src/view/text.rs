//! Texts compared without regard to case.

use retort_domain::TextOperator;
use std::cmp::Ordering;

/// Lower case, character by character, so that a part of a text becomes the
/// same on its own as within the text.
pub(super) fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Order of two texts in lower case.
pub(super) fn compare_lower(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        return a.bytes().map(|b| b.to_ascii_lowercase()).cmp(b.bytes().map(|b| b.to_ascii_lowercase()));
    }
    // Code points are in the order of their UTF-8.
    a.chars().flat_map(char::to_lowercase).cmp(b.chars().flat_map(char::to_lowercase))
}

/// A text that is sought in others.
#[derive(Debug, Clone)]
pub(crate) struct TextTest {
    operator: TextOperator,
    /// In lower case.
    sought: String,
    /// Its first byte in both cases, where it is ASCII throughout.
    ascii_start: Option<(u8, u8)>,
}

impl TextTest {
    pub fn new(operator: TextOperator, text: &str) -> Self {
        let sought = lower(text);
        let ascii_start = (sought.bytes().next())
            .filter(|_| sought.is_ascii())
            .map(|first| (first.to_ascii_lowercase(), first.to_ascii_uppercase()));
        Self { operator, sought, ascii_start }
    }

    pub fn contains(text: &str) -> Self {
        Self::new(TextOperator::Contains, text)
    }

    /// What is sought, in lower case.
    pub fn sought(&self) -> &str {
        &self.sought
    }

    /// True where a text holds what is sought.
    pub fn holds(&self, text: &str) -> bool {
        if self.sought.is_empty() {
            return self.operator != TextOperator::Equals || text.is_empty();
        }
        if !text.is_ascii() {
            let text = lower(text);
            return match self.operator {
                TextOperator::Contains => text.contains(&self.sought),
                TextOperator::Equals => text == self.sought,
                TextOperator::Starts => text.starts_with(&self.sought),
            };
        }
        // Lower case of ASCII is ASCII.
        let Some((small, capital)) = self.ascii_start else { return false };
        let (text, sought) = (text.as_bytes(), self.sought.as_bytes());
        let at = |start: usize| {
            text.get(start..start + sought.len()).is_some_and(|part| part.eq_ignore_ascii_case(sought))
        };
        match self.operator {
            TextOperator::Contains if small == capital => memchr::memchr_iter(small, text).any(at),
            TextOperator::Contains => memchr::memchr2_iter(small, capital, text).any(at),
            TextOperator::Equals => text.len() == sought.len() && at(0),
            TextOperator::Starts => at(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_by_lower_case_of_everything(text in "[aAbBßİK1é ]{0,12}", sought in "[aAbBßİK1é ]{0,3}") {
            let (t, s) = (lower(&text), lower(&sought));
            let holds = |operator| TextTest::new(operator, &sought).holds(&text);
            prop_assert_eq!(holds(TextOperator::Contains), t.contains(&s));
            prop_assert_eq!(holds(TextOperator::Equals), t == s);
            prop_assert_eq!(holds(TextOperator::Starts), t.starts_with(&s));
            prop_assert_eq!(compare_lower(&text, &sought), t.cmp(&s));
        }
    }
}
