internal import Foundation
internal import Markup

/// The template files that ship with the product.
enum TemplateFiles {
    struct File: Sendable {
        let name: String
        let bytes: [UInt8]
        /// Fragments lie in a folder of their own.
        let isFragment: Bool
    }

    /// Reads the files of this module in the order of their names.
    ///
    /// - Throws: ``Markup/MarkupError`` when a file cannot be read.
    static func shipped() throws(MarkupError) -> [File] {
        try files(in: "Fragments", areFragments: true) + files(in: "", areFragments: false)
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
