//! HEIF: boxes inside of boxes. What is noted lies in items of their own (`Exif`, and XMP as `mime`), whose bytes are
//! made zero where they stand, as all else is found by its place. Which side is up is told by a property of the picture.

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
    let places = places(meta.find(b"iloc")?, &notes, own)?;
    let mut clean = bytes.to_vec();
    for (start, length) in places {
        let end = start.checked_add(length)?;
        clean.get_mut(start..end)?.fill(0);
    }
    Some(clean.into())
}

/// The numbers of the items that hold notes.
fn notes(mut list: Reader<'_>) -> Option<Vec<usize>> {
    let count_size = if list.version()? == 0 { 2 } else { 4 };
    list.number(count_size)?;
    let mut found = Vec::new();
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
            found.push(number);
        }
    }
    Some(found)
}

/// Where the bytes of items are: the beginning and the length of each part. `own` is where the box's own data begin.
fn places(mut list: Reader<'_>, items: &[usize], own: Option<usize>) -> Option<Vec<(usize, usize)>> {
    let version = list.version()?;
    let sizes = list.number(2)?;
    let [offset_size, length_size, base_size, index_size] = [12, 8, 4, 0].map(|shift| (sizes >> shift) & 0xf);
    let number_size = if version < 2 { 2 } else { 4 };
    let count = list.number(number_size)?;
    let mut found = Vec::new();
    for _ in 0..count {
        let item = list.number(number_size)?;
        let inside = version > 0 && list.number(2)? & 0xf == 1;
        list.number(2)?;
        let base = list.number(base_size)?;
        for _ in 0..list.number(2)? {
            if version > 0 {
                list.number(index_size)?;
            }
            let (offset, length) = (list.number(offset_size)?, list.number(length_size)?);
            if items.contains(&item) {
                let from = if inside { own? } else { 0 };
                found.push((from.checked_add(base)?.checked_add(offset)?, length));
            }
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], held: &[u8]) -> Vec<u8> {
        let size = u32::try_from(held.len() + 8).expect("short").to_be_bytes();
        [size.as_slice(), kind, held].concat()
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
