internal import FoundationEssentials

/// Reads the zip file of an export as ``ZipFile`` writes it: entries stored as they are, one behind the other, then the directory, nothing else.
///
/// Any other zip file is refused, so that there is one way to read each byte: no compression, no links, no gaps, no comments, no names but the export's.
struct ExportFileReader {
    struct Entry: Hashable {
        let name: String
        let checksum: UInt32
        let range: Range<Int>
    }

    /// A piece has 4 MiB and the row that filled it.
    static let maximumEntry = 64 << 20
    private let file: Data
    let entries: [Entry]

    init(_ file: Data) throws {
        self.file = file
        var reader = Fields(file)
        let end = file.count - 22
        guard end >= 0, try reader.number(4, at: end) == 0x0605_4B50, try reader.number(4, at: end + 4) == 0,
            try reader.number(2, at: end + 20) == 0
        else { throw ImportRefusal.notAnExport("it does not end as a zip file") }
        let count = try reader.number(2, at: end + 10)
        let (size, directory) = (try reader.number(4, at: end + 12), try reader.number(4, at: end + 16))
        guard try reader.number(2, at: end + 8) == count, directory + size == end else {
            throw ImportRefusal.notAnExport("its directory is not where it should be")
        }
        var found: [Entry] = []
        var next = 0
        reader.place = directory
        for _ in 0..<count {
            let entry = try reader.entry(startingAt: next, before: directory)
            found.append(entry)
            next = entry.range.upperBound
        }
        guard reader.place == end, next == directory, Set(found.map(\.name)).count == found.count else {
            throw ImportRefusal.notAnExport("its directory and its files do not agree")
        }
        entries = found
    }

    /// The bytes of a file, when they are those that were written.
    func content(of entry: Entry) throws -> [UInt8] {
        let bytes = Array(file[file.startIndex + entry.range.lowerBound..<file.startIndex + entry.range.upperBound])
        guard Checksum.crc32(bytes) == entry.checksum else { throw ImportRefusal.file(entry.name, "is damaged") }
        return bytes
    }

    /// The numbers of the format, least byte first (APPNOTE 4.4.1.1).
    private struct Fields {
        private let file: Data
        var place = 0

        init(_ file: Data) {
            self.file = file
        }

        func number(_ count: Int, at offset: Int) throws -> Int {
            guard offset >= 0, offset + count <= file.count else { throw ImportRefusal.notAnExport("it breaks off") }
            return (0..<count).reduce(0) { $0 | Int(file[file.startIndex + offset + $1]) << (8 * $1) }
        }

        /// A line of the directory with the file that it tells of, which begins where the one before it ended.
        mutating func entry(startingAt offset: Int, before directory: Int) throws -> Entry {
            guard try number(4, at: place) == 0x0201_4B50, try number(4, at: offset) == 0x0403_4B50 else {
                throw ImportRefusal.notAnExport("its directory and its files do not agree")
            }
            let (line, head) = (place + 6, offset + 4)
            let length = try number(2, at: line + 22)
            let name = try self.name(length, at: place + 46)
            // What the directory and the file's own head say is the same, byte for byte, the name included.
            for index in 0..<26 {
                guard try number(1, at: line + index) == number(1, at: head + index) else {
                    throw ImportRefusal.file(name, "has two heads that do not agree")
                }
            }
            guard try self.name(length, at: offset + 30) == name else { throw ImportRefusal.file(name, "has two names") }
            let size = try number(4, at: line + 14)
            guard try number(2, at: line + 4) == 0, try number(4, at: line + 18) == size, try number(2, at: line + 24) == 0,
                try number(2, at: place + 32) == 0
            else { throw ImportRefusal.file(name, "is not stored as exports store it") }
            guard try number(4, at: place + 42) == offset else { throw ImportRefusal.file(name, "is not where it should be") }
            guard size <= ExportFileReader.maximumEntry else { throw ImportRefusal.file(name, "is larger than 64 MiB") }
            let start = offset + 30 + length
            guard start + size <= directory else { throw ImportRefusal.file(name, "breaks off") }
            let checksum = UInt32(truncatingIfNeeded: try number(4, at: line + 10))
            place += 46 + length
            return Entry(name: name, checksum: checksum, range: start..<start + size)
        }

        /// Names of exports have small letters, digits and three signs: no folder, no way out of one.
        private func name(_ length: Int, at offset: Int) throws -> String {
            var text = ""
            for index in 0..<length {
                let byte = UInt8(truncatingIfNeeded: try number(1, at: offset + index))
                guard length <= 100, (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || [0x2D, 0x2E, 0x5F].contains(byte)
                else {
                    throw ImportRefusal.notAnExport("the name of a file is none of an export's")
                }
                text.unicodeScalars.append(Unicode.Scalar(byte))
            }
            return text
        }
    }
}
