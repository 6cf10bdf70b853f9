internal import Foundation
internal import Markup

/// A file with a template, or with a fragment that templates share.
public struct MailTemplateFile: Sendable {
    /// What errors call it.
    public let name: String
    /// What is in it: XML of the namespace `urn:trellis:mail:1`.
    public let bytes: [UInt8]
    /// Whether it is a fragment.
    public let isFragment: Bool

    /// Takes a file as it was read.
    public init(name: String, bytes: [UInt8], isFragment: Bool) {
        self.name = name
        self.bytes = bytes
        self.isFragment = isFragment
    }
}

/// The template files that ship with the product.
enum TemplateFiles {
    typealias File = MailTemplateFile

    /// Reads the files of this module in the order of their names.
    ///
    /// - Throws: ``Markup/MarkupError`` when a file cannot be read.
    static func shipped() throws(MarkupError) -> [File] {
        try files(in: "Fragments", areFragments: true) + files(in: "", areFragments: false)
    }

    /// Reads the fragments alone, which a program's own templates may use.
    ///
    /// - Throws: ``Markup/MarkupError`` when a file cannot be read.
    static func shippedFragments() throws(MarkupError) -> [File] {
        try files(in: "Fragments", areFragments: true)
    }

    /// Reads the files with the texts of notices.
    ///
    /// - Throws: ``Markup/MarkupError`` when a file cannot be read.
    static func shippedNotices() throws(MarkupError) -> [File] {
        try files(in: "Notices", areFragments: false)
    }

    private static func files(in path: String, areFragments: Bool) throws(MarkupError) -> [File] {
        let folder = Bundle.module.bundleURL.appending(path: "Templates")
        let place = path.isEmpty ? folder : folder.appending(path: path)
        var files: [File] = []
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path())) ?? []
        for name in names.sorted() where name.hasSuffix(".xml") {
            guard let data = try? Data(contentsOf: place.appending(path: name)) else {
                throw MarkupError(source: name, reason: "cannot be read")
            }
            files.append(File(name: name, bytes: Array(data), isFragment: areFragments))
        }
        return files
    }
}
