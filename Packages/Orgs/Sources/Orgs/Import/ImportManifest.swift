internal import Core

/// The manifest of an export, held against the files that are there and the sections that are known.
struct ImportManifest {
    struct File {
        let entry: ExportFileReader.Entry
        let section: ImportedSection
        let rows: Int
        let fingerprint: String
    }

    let org: Org.ID
    let takenAt: Instant
    let files: [File]

    init(_ reader: ExportFileReader, sections: [ImportedSection]) throws {
        guard let entry = reader.entries.first(where: { $0.name == "manifest.json" }) else {
            throw ImportRefusal.notAnExport("manifest.json is missing")
        }
        guard let manifest = try? JSON.decode(JSONValue.self, from: reader.content(of: entry)),
            let version = manifest["schema_version"]
        else { throw ImportRefusal.file("manifest.json", "cannot be read") }
        guard version == .integer(Int64(OrgExport.schemaVersion)) else {
            throw ImportRefusal.unknownVersion(version.integerValue.map(String.init) ?? "another one")
        }
        guard let org = manifest["org_id"]?.stringValue.flatMap({ Org.ID($0) }),
            let takenAt = manifest["taken_at"]?.stringValue.flatMap({ Instant($0) }),
            let list = manifest["files"]?.arrayValue, manifest.objectValue?.count == 4
        else { throw ImportRefusal.file("manifest.json", "does not say what an export's says") }
        let entries = reader.entries.filter { !["manifest.json", "index.txt"].contains($0.name) }
        guard list.map({ $0["name"]?.stringValue }) == entries.map({ Optional($0.name) }) else {
            throw ImportRefusal.file("manifest.json", "names other files than there are")
        }
        self.org = org
        self.takenAt = takenAt
        files = try zip(list, entries).map { line, entry in
            guard line.objectValue?.count == 3, let rows = line["rows"]?.integerValue, rows > 0,
                let fingerprint = line["sha256"]?.stringValue
            else { throw ImportRefusal.file("manifest.json", "does not say what an export's says") }
            guard let section = sections.first(where: { $0.name == Self.section(of: entry.name)?.name }) else {
                throw ImportRefusal.file(entry.name, "is of no section that this release knows")
            }
            return File(entry: entry, section: section, rows: Int(rows), fingerprint: fingerprint)
        }
        try Self.checkOrder(files, sections: sections.map(\.name))
    }

    /// The sections follow one another as exports write them, and so do the parts of one.
    private static func checkOrder(_ files: [File], sections: [String]) throws {
        var last: (section: Int, part: Int?) = (-1, nil)
        for file in files {
            let part = section(of: file.entry.name)?.part
            let index = sections.firstIndex(of: file.section.name) ?? -1
            let follows = index > last.section ? part == nil || part == 1 : index == last.section && last.part.map { $0 + 1 } == part
            guard follows, index == last.section ? part != nil : true else {
                throw ImportRefusal.file(file.entry.name, "is not in its place")
            }
            last = (index, part)
        }
    }

    /// `audit` and 2 of `audit-2.jsonl`.
    private static func section(of name: String) -> (name: String, part: Int?)? {
        guard name.hasSuffix(".jsonl") else { return nil }
        let parts = name.dropLast(6).split(separator: "-", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return (String(parts[0]), nil)
        case 2:
            guard let number = Int(parts[1]), String(number) == parts[1] else { return nil }
            return (String(parts[0]), number)
        default: return nil
        }
    }
}
