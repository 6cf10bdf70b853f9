/// The parts of a zip file whose entries are stored as they are (PKWARE APPNOTE 6.3.10). Each entry's bytes can leave at once; the directory comes last.
struct ZipFile {
    private struct Entry {
        let name: [UInt8]
        let checksum: UInt32
        let size: UInt32
        let offset: UInt32
    }

    private var entries: [Entry] = []
    /// How many bytes there are up to now.
    private(set) var size: Int64 = 0

    /// Whether an entry of so many bytes still fits: every place in the file, the directory's included, is a number of 32 bits, and entries are counted
    /// with 16.
    func hasRoom(for count: Int) -> Bool {
        entries.count < Int(UInt16.max) - 2 && size + Int64(count) < Int64(UInt32.max) - (64 << 20)
    }

    /// The bytes of one more entry.
    mutating func entry(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let entry = Entry(
            name: Array(name.utf8), checksum: Checksum.crc32(content), size: UInt32(clamping: content.count), offset: UInt32(clamping: size)
        )
        entries.append(entry)
        let bytes = [0x50, 0x4B, 0x03, 0x04] + Self.common(entry) + entry.name + content
        size += Int64(bytes.count)
        return bytes
    }

    /// The directory, which ends the file.
    mutating func directory() -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += [0x50, 0x4B, 0x01, 0x02] + Self.little(20, 2) + Self.common(entry)
            // No comment, first disk, no attributes.
            bytes +=
                Self.little(0, 2) + Self.little(0, 2) + Self.little(0, 2) + Self.little(0, 4) + Self.little(entry.offset, 4) + entry.name
        }
        let count = UInt32(clamping: entries.count)
        let end: [UInt8] =
            [0x50, 0x4B, 0x05, 0x06] + Self.little(0, 2) + Self.little(0, 2) + Self.little(count, 2) + Self.little(count, 2)
            + Self.little(UInt32(clamping: bytes.count), 4) + Self.little(UInt32(clamping: size), 4) + Self.little(0, 2)
        size += Int64(bytes.count + end.count)
        return bytes + end
    }

    /// Version, names in UTF-8, stored, the first day there is, so that equal content makes equal files; then checksum, sizes and the lengths of the name.
    private static func common(_ entry: Entry) -> [UInt8] {
        little(20, 2) + little(0x0800, 2) + little(0, 2) + little(0, 2) + little(0x21, 2) + little(entry.checksum, 4)
            + little(entry.size, 4) + little(entry.size, 4) + little(UInt32(entry.name.count), 2) + little(0, 2)
    }

    private static func little(_ value: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }
}

/// The checksum of zip (ISO 3309).
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
    }
}
