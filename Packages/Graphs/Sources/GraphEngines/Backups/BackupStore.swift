public import Graphs

/// Where encrypted archives are kept. Keys are made by us; a caller's text never becomes part of one (GRA-117).
public protocol BackupStore: Sendable {
    /// Begins a new object; it exists under its key only once it is finished.
    func create(_ key: BackupObjectKey, expectedBytes: Int64) throws -> any BackupObjectWriter

    /// Opens an object.
    ///
    /// - Throws: ``BackupStoreError/notFound`` when there is none.
    func open(_ key: BackupObjectKey) throws -> any ByteSource

    /// Removes an object; absent counts as done.
    func delete(_ key: BackupObjectKey) throws

    /// All finished objects, in the order of their keys.
    func objects() throws -> [StoredArchive]

    /// Removes what writers that are gone left unfinished, when nothing was added to it for so long.
    func discardUnfinished(after silence: Duration) throws
}

/// Writes one object of a store.
public protocol BackupObjectWriter: Sendable {
    /// Adds bytes at its end.
    func append(_ bytes: [UInt8]) throws
    /// Makes what was written durable and lets it appear under its key.
    func finish() throws
    /// Removes what was written; a second call and one after ``finish()`` change nothing.
    func discard()
}

/// The key of an object: 32 hexadecimal digits.
public struct BackupObjectKey: Hashable, Sendable, LosslessStringConvertible {
    /// The digits.
    public let description: String

    /// Reads a key; anything but 32 lower-case hexadecimal digits is `nil`.
    public init?(_ description: String) {
        guard description.utf8.count == 32, description.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        self.description = description
    }
}

/// Why a store did not do something.
public enum BackupStoreError: Error, Hashable, Sendable {
    /// There is no such object.
    case notFound
    /// The store has not enough room (GRA-117).
    case full(freeBytes: Int64)
    /// The directory of the settings cannot be used.
    case unusable(String)
}
