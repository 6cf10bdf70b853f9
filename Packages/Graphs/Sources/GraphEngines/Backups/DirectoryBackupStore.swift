internal import Core
internal import Foundation
public import Graphs
internal import Synchronization

/// A backup store in a directory: private modes, temporary names, fsync before rename (GRA-117).
public struct DirectoryBackupStore: BackupStore {
    private let directory: String

    /// Makes a store in a directory, which is made if absent and closed to everybody else.
    ///
    /// - Throws: ``BackupStoreError/unusable(_:)`` when the directory cannot be made or written.
    public init(directory: String) throws {
        self.directory = directory
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw BackupStoreError.unusable(directory)
        }
        guard FileManager.default.isWritableFile(atPath: directory) else { throw BackupStoreError.unusable(directory) }
    }

    /// Begins a new object under a temporary name.
    ///
    /// - Throws: ``BackupStoreError/full(freeBytes:)`` when less than 1.2 times the expected size is free.
    public func create(_ key: BackupObjectKey, expectedBytes: Int64) throws -> any BackupObjectWriter {
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: directory)
        let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value ?? .max
        guard free > expectedBytes + expectedBytes / 5 else { throw BackupStoreError.full(freeBytes: free) }
        return try FileObjectWriter(path: path(key), directory: directory)
    }

    /// Opens an object for reading from its beginning.
    public func open(_ key: BackupObjectKey) throws -> any ByteSource {
        guard let handle = FileHandle(forReadingAtPath: path(key)) else { throw BackupStoreError.notFound }
        return FileSource(handle: handle)
    }

    /// Removes an object.
    public func delete(_ key: BackupObjectKey) throws {
        guard FileManager.default.fileExists(atPath: path(key)) else { return }
        try FileManager.default.removeItem(atPath: path(key))
    }

    /// All finished objects, in the order of their keys; one that goes while the directory is read is left out.
    public func objects() throws -> [StoredArchive] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted().compactMap { name in
            guard name.hasSuffix(".backup"), let key = BackupObjectKey(String(name.dropLast(7))),
                let attributes = try? FileManager.default.attributesOfItem(atPath: path(key)),
                let size = attributes[.size] as? NSNumber, let date = attributes[.modificationDate] as? Date
            else { return nil }
            return StoredArchive(
                key: key.description, bytes: size.int64Value,
                writtenAt: Instant(secondsSinceEpoch: Int64(date.timeIntervalSince1970)))
        }
    }

    /// Goes by the temporary names, which nothing else has, and by the time of the last write. That is the machine's, so that a clock
    /// that a test or the sandbox moves takes nothing away from a writer that lives.
    public func discardUnfinished(after silence: Duration) throws {
        let instant = Instant.systemNow() - silence
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) where name.hasSuffix(".backup.part") {
            let path = directory + "/" + name
            guard let date = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date,
                Int64(date.timeIntervalSince1970) < instant.secondsSinceEpoch
            else { continue }
            try FileManager.default.removeItem(atPath: path)
        }
    }

    private func path(_ key: BackupObjectKey) -> String {
        directory + "/" + key.description + ".backup"
    }
}

/// Writes a file under a temporary name beside its own.
private final class FileObjectWriter: BackupObjectWriter {
    private let path: String
    private let directory: String
    private let handle: Mutex<FileHandle?>

    private var temporaryPath: String { path + ".part" }

    init(path: String, directory: String) throws {
        self.path = path
        self.directory = directory
        guard FileManager.default.createFile(atPath: path + ".part", contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: path + ".part")
        else { throw BackupStoreError.unusable(directory) }
        self.handle = Mutex(handle)
    }

    func append(_ bytes: [UInt8]) throws {
        try handle.withLock { handle in
            guard let handle else { throw BackupStoreError.notFound }
            try handle.write(contentsOf: Data(bytes))
        }
    }

    func finish() throws {
        try handle.withLock { handle in
            guard let open = handle else { throw BackupStoreError.notFound }
            try open.synchronize()
            try open.close()
            handle = nil
            try FileManager.default.moveItem(atPath: temporaryPath, toPath: path)
            // The name is durable only when the directory is.
            if let folder = FileHandle(forReadingAtPath: directory) {
                try folder.synchronize()
                try folder.close()
            }
        }
    }

    func discard() {
        handle.withLock { handle in
            guard let open = handle else { return }
            // What cannot be closed or removed here is a ".part" file, which nobody takes for a backup.
            try? open.close()
            try? FileManager.default.removeItem(atPath: temporaryPath)
            handle = nil
        }
    }
}

/// Reads a file from its beginning.
private final class FileSource: ByteSource {
    private let handle: Mutex<FileHandle>

    init(handle: sending FileHandle) {
        self.handle = Mutex(handle)
    }

    deinit {
        handle.withLock { try? $0.close() }
    }

    func read(upTo limit: Int) throws -> [UInt8] {
        try handle.withLock { handle in
            try handle.read(upToCount: limit).map { Array($0) } ?? []
        }
    }
}
