//! HEIF: boxes inside of boxes. What is noted lies in items of their own (`Exif`, and XMP as `mime`), whose bytes are
//! made zero where they stand, as all else is found by its place. Which side is up is told by a property of the picture.
//!
//! A few bytes can claim very much, so no more is ever done than the file has bytes, whatever it says.

use std::collections::HashSet;

use bytes::Bytes;

/// A part of the file that has been looked at up to some place.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of so many bytes, up to eight.
    fn number(&mut self, size: usize) -> Option<usize> {
        let bytes = self.take(size)?;
        usize::try_from(bytes.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte))).ok()
    }

    /// The next box: its kind and what it holds.
    fn next(&mut self) -> Option<([u8; 4], Reader<'a>)> {
        let mut size = self.number(4)?;
        let kind = self.take(4)?.try_into().ok()?;
        let mut head = 8;
        if size == 1 {
            size = self.number(8)?;
            head = 16;
        }
        // Nothing means: to the end.
        let held = if size == 0 { self.0.len() } else { size.checked_sub(head)? };
        Some((kind, Reader(self.take(held)?)))
    }

    /// The first box of a kind.
    fn find(mut self, wanted: &[u8; 4]) -> Option<Reader<'a>> {
        loop {
            let (kind, held) = self.next()?;
            if &kind == wanted {
                return Some(held);
            }
        }
    }

    /// The version of a box that has one.
    fn version(&mut self) -> Option<usize> {
        self.number(4).map(|both| both >> 24)
    }
}

/// The same picture with its notes made zero; none when it cannot be read or has none.
pub(super) fn without_notes(bytes: &Bytes) -> Option<Bytes> {
    let mut meta = Reader(bytes).find(b"meta")?;
    meta.version()?;
    let notes = notes(meta.find(b"iinf")?)?;
    let own = meta.find(b"idat").map(|held| held.0.as_ptr() as usize - bytes.as_ptr() as usize);
    let mut clean = bytes.to_vec();
    // Notes stand side by side, so together they are no longer than the file; many upon each other are no picture's.
    let mut left = clean.len();
    places(meta.find(b"iloc")?, &notes, own, |start, length| {
        left = left.checked_sub(length)?;
        clean.get_mut(start..start.checked_add(length)?)?.fill(0);
        Some(())
    })?;
    Some(clean.into())
}

/// The numbers of the items that hold notes.
fn notes(mut list: Reader<'_>) -> Option<HashSet<usize>> {
    let count_size = if list.version()? == 0 { 2 } else { 4 };
    list.number(count_size)?;
    let mut found = HashSet::new();
    while let Some((_, mut item)) = list.next() {
        let number_size = match item.version()? {
            2 => 2,
            3 => 4,
            // Older ones name no kind.
            _ => continue,
        };
        let number = item.number(number_size)?;
        item.number(2)?;
        if matches!(item.take(4)?, b"Exif" | b"mime") {
            found.insert(number);
        }
    }
    Some(found)
}

/// Tells `part` where the bytes of items are: the beginning and the length of each part, until it wants no more. `own` is
/// where the box's own data begin.
fn places(
    mut list: Reader<'_>,
    items: &HashSet<usize>,
    own: Option<usize>,
    mut part: impl FnMut(usize, usize) -> Option<()>,
) -> Option<()> {
    let version = list.version()?;
    let sizes = list.number(2)?;
    let [offset_size, length_size, base_size, index_size] = [12, 8, 4, 0].map(|shift| (sizes >> shift) & 0xf);
    let index_size = if version > 0 { index_size } else { 0 };
    if [offset_size, length_size, base_size, index_size].iter().any(|size| !matches!(size, 0 | 4 | 8)) {
        return None;
    }
    let number_size = if version < 2 { 2 } else { 4 };
    for _ in 0..list.number(number_size)? {
        let item = list.number(number_size)?;
        let inside = version > 0 && list.number(2)? & 0xf == 1;
        list.number(2)?;
        let base = list.number(base_size)?;
        let count = list.number(2)?;
        let mut parts = Reader(list.take(count * (index_size + offset_size + length_size))?);
        // Parts without a length may take no bytes at all, however many are claimed; they cover nothing.
        if length_size == 0 || !items.contains(&item) {
            continue;
        }
        let from = if inside { own? } else { 0 }.checked_add(base)?;
        for _ in 0..count {
            parts.number(index_size)?;
            let (offset, length) = (parts.number(offset_size)?, parts.number(length_size)?);
            part(from.checked_add(offset)?, length)?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn boxed(kind: &[u8; 4], held: &[u8]) -> Vec<u8> {
        let size = u32::try_from(held.len() + 8).expect("short").to_be_bytes();
        [size.as_slice(), kind, held].concat()
    }

    /// A list of items that are all notes.
    fn exif_items(numbers: &[u8]) -> Vec<u8> {
        let item = |number: &u8| boxed(b"infe", &[2, 0, 0, 0, 0, *number, 0, 0, b'E', b'x', b'i', b'f', 0]);
        let items = numbers.iter().flat_map(item).collect::<Vec<_>>();
        boxed(b"iinf", &[[0; 6].as_slice(), &items].concat())
    }

    fn picture(items: &[u8], places: &[u8]) -> Bytes {
        let meta = [[0; 4].as_slice(), items, &boxed(b"iloc", places)].concat();
        [boxed(b"ftyp", b"heic\0\0\0\0"), boxed(b"meta", &meta)].concat().into()
    }

    /// How many parts there are to be made zero, by what a file says.
    fn parts(bytes: &Bytes) -> usize {
        let mut told = 0;
        let meta = Reader(bytes).find(b"meta").map(|held| Reader(&held.0[4..])).expect("a box");
        let items = meta.find(b"iinf").and_then(notes).unwrap_or_default();
        places(meta.find(b"iloc").expect("a box"), &items, None, |_, _| {
            told += 1;
            Some(())
        });
        told
    }

    #[test]
    fn many_parts_that_take_no_bytes_cost_nothing() {
        let mut list = vec![0, 0, 0, 0, 0, 0, 0x07, 0xd0];
        list.extend([0, 1, 0, 0, 0xff, 0xff].repeat(2000));
        let small = picture(&exif_items(&[1]), &list);
        assert_eq!(parts(&small), 0);
        assert_eq!(without_notes(&small), Some(small), "there are no notes in it");
    }

    #[test]
    fn parts_upon_each_other_are_no_pictures() {
        let part = |length: u8| [0, 0, 0, 0, 0, 0, 0, length];
        let file = |count: u8, length: u8| {
            let head = [0, 0, 0, 0, 0x44, 0, 0, 1, 0, 1, 0, 0, 0, count];
            picture(&exif_items(&[1]), &[head.as_slice(), &part(length).repeat(count.into())].concat())
        };
        assert_eq!(without_notes(&file(9, 100)), None, "more than the whole file");
        assert!(without_notes(&file(9, 1)).is_some_and(|clean| clean[0] == 0));
    }

    proptest! {
        #[test]
        fn no_more_is_done_than_the_file_has_bytes(
            head in (0_u8..3, prop_oneof![Just(0_u8), Just(0x44), any::<u8>()], prop_oneof![Just(0_u8), any::<u8>()]),
            items in proptest::collection::vec((0_u8..3, prop_oneof![0_u8..4, Just(0xff)]), 0..40),
            rest in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut list = vec![head.0, 0, 0, 0, head.1, head.2, 0xff, 0xff];
            for (number, count) in items {
                list.extend([0, number, 0, 0, count, count]);
            }
            list.extend(rest);
            let file = picture(&exif_items(&[0, 1, 2]), &list);
            prop_assert!(parts(&file) * 4 <= file.len());
            prop_assert!(without_notes(&file).is_none_or(|clean| clean.len() == file.len()));
        }
    }

    #[test]
    fn notes_are_made_zero_where_they_stand() {
        let item = |number: u8, kind: &[u8; 4]| {
            boxed(b"infe", &[[2, 0, 0, 0, 0, number, 0, 0].as_slice(), kind, b"\0"].concat())
        };
        let items = [item(1, b"hvc1"), item(2, b"Exif"), item(3, b"mime")].concat();
        let items = boxed(b"iinf", &[[0, 0, 0, 0, 0, 3].as_slice(), &items].concat());
        let file = |start: u8| {
            let mut places = vec![1, 0, 0, 0, 0x44, 0, 0, 3];
            for (number, inside, from) in [(1, 0, start), (2, 0, start + 7), (3, 1, 0)] {
                places.extend([0, number, 0, inside, 0, 0, 0, 1, 0, 0, 0, from, 0, 0, 0, 7]);
            }
            let meta = [vec![0; 4], items.clone(), boxed(b"iloc", &places), boxed(b"idat", b"hidden3")].concat();
            [boxed(b"ftyp", b"heic\0\0\0\0"), boxed(b"meta", &meta), boxed(b"mdat", b"picturehidden2")].concat()
        };
        let start = u8::try_from(file(0).len() - 14).expect("short");
        let noted = file(start);
        let clean = without_notes(&noted.clone().into()).expect("a picture");
        assert_eq!(clean.len(), noted.len());
        assert!(clean.ends_with(b"picture\0\0\0\0\0\0\0"));
        assert!(!clean.windows(6).any(|part| part == b"hidden"));
        for length in 0..noted.len() {
            let cut = without_notes(&Bytes::copy_from_slice(&noted[..length]));
            assert!(cut.is_none_or(|cut| cut.len() == length));
        }
    }
}
