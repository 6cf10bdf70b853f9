/// Why an export was not taken over. Nothing of it is there then.
public enum ImportRefusal: Error, Hashable, Sendable {
    /// The bytes are no export as it was downloaded.
    case notAnExport(String)
    /// The files mean something that this release does not know.
    case unknownVersion(String)
    /// Something is wrong with one file of it.
    case file(String, String)
    /// Something is wrong with one row, by its line from 1.
    case row(file: String, line: Int, String)
    /// Things of it, or with the same ids, are here already.
    case occupied([String])
    /// The org is in no state to be taken over.
    case notRunning(String)
}

extension ImportRefusal: CustomStringConvertible {
    /// What is wrong, with its place; names of columns and files, ids and states, never what a row says.
    public var description: String {
        switch self {
        case .notAnExport(let reason): "this is no export as it was downloaded: \(reason)"
        case .unknownVersion(let version): "this release reads version \(OrgExport.schemaVersion) of exports, not \(version)"
        case .file(let name, let reason): "\(name) \(reason)"
        case .row(let file, let line, let reason): "\(file), line \(line): \(reason)"
        case .occupied(let things): "here already: \(things.joined(separator: ", "))"
        case .notRunning(let state): "only an org that is active or frozen is taken over; this one is \(state)"
        }
    }
}
