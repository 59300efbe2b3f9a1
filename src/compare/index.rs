//! Which of some bags hold a token: what bags have to be held against each other at all.

use super::bag::Bag;

/// For each token, the places of the bags that hold it, ascending.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Where the places of a token begin; one more than there are tokens.
    starts: Vec<usize>,
    places: Vec<usize>,
}

impl Index {
    /// Of bags with tokens below `tokens`; others are left out.
    pub(super) fn new<'a>(bags: impl Iterator<Item = &'a Bag> + Clone, tokens: usize) -> Self {
        let mut starts = vec![0; tokens + 1];
        for at in bags.clone().flat_map(Bag::ids).map(slot) {
            starts.get_mut(at + 1).into_iter().for_each(|count| *count += 1);
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut places = vec![0; sum];
        for (bag, place) in bags.zip(0..) {
            for at in bag.ids().map(slot).filter(|at| *at < tokens) {
                let to = next.get_mut(at).and_then(|at| places.get_mut(bumped(at)));
                to.into_iter().for_each(|to| *to = place);
            }
        }
        Self { starts, places }
    }

    /// The places of the bags that hold a token.
    pub(super) fn of(&self, id: u32) -> &[usize] {
        let (from, to) = (self.starts.get(slot(id)), self.starts.get(slot(id) + 1));
        let range = from.zip(to).map(|(from, to)| *from..*to);
        range.and_then(|range| self.places.get(range)).unwrap_or_default()
    }
}

fn slot(id: u32) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX - 1)
}

/// What was there before it grew by one.
fn bumped(at: &mut usize) -> usize {
    *at += 1;
    *at - 1
}

#[cfg(test)]
mod tests {
    use super::super::bag::Weights;
    use super::*;
    use crate::text::token::{Class, Token};

    #[test]
    fn says_where_a_token_is() {
        let bag = |ids: &[u32]| {
            let token = |id: &u32| Token { start: 0, end: 1, id: *id, class: Class::Word };
            Bag::new(&ids.iter().map(token).collect::<Vec<_>>(), &Weights::default())
        };
        let bags = [bag(&[3, 1, 3]), bag(&[]), bag(&[1, 0, 9])];
        let index = Index::new(bags.iter(), 5);
        for (id, want) in [(0, &[2][..]), (1, &[0, 2]), (2, &[]), (3, &[0]), (4, &[]), (9, &[])] {
            assert_eq!(index.of(id), want, "{id}");
        }
    }
}
