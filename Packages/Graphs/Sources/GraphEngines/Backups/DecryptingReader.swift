internal import Cryptography
internal import Graphs
internal import Synchronization

/// Gives an archive back in clear; refuses an edited, cut, swapped or foreign frame before any byte of it is used (GRA-115).
final class DecryptingReader: ByteSource, Sendable {
    fileprivate struct State: ~Copyable {
        var ready: [UInt8] = []
        var frame: UInt64 = 0
        var isAtEnd = false
        var clearBytes: Int64 = 0
        var storedBytes: Int64 = 0
        var clear = SHA256Hasher()
        var stored: SHA256Hasher
    }

    private let state: Mutex<State?>
    private let cipher: AESGCM
    private let headerDigest: [UInt8]
    private let object: any ByteSource

    /// Reads the head of an object and unwraps its key.
    ///
    /// - Throws: ``ArchiveError`` when it is no archive, or its master key is gone.
    init(object: any ByteSource, keys: KeyRing) throws {
        let start = try Self.take(ArchiveHeader.magic.count + 2, from: object)
        guard start.starts(with: ArchiveHeader.magic) else { throw ArchiveError.malformed }
        let version = start[ArchiveHeader.magic.count]
        guard version == ArchiveHeader.version else { throw ArchiveError.unknownVersion(version) }
        let keyID = String(decoding: try Self.take(Int(start[ArchiveHeader.magic.count + 1]), from: object), as: UTF8.self)
        let length = try Self.take(1, from: object)
        let header = ArchiveHeader(keyID: keyID, wrappedKey: try Self.take(Int(length[0]), from: object))
        guard let master = keys.key(named: keyID) else { throw ArchiveError.keyMissing(keyID) }
        do {
            let key = try AESGCM(key: master.secret).open(header.wrappedKey, authenticating: ArchiveHeader.purpose(ofKey: keyID))
            cipher = try AESGCM(key: SecretBytes(key))
        } catch {
            throw ArchiveError.notAuthentic
        }
        headerDigest = header.digest
        self.object = object
        var stored = SHA256Hasher()
        stored.update(header.bytes)
        state = Mutex(State(storedBytes: Int64(header.bytes.count), stored: stored))
    }

    func read(upTo limit: Int) throws -> [UInt8] {
        try state.withLock { state in
            while state?.ready.isEmpty == true, state?.isAtEnd == false { try openFrame(&state) }
            guard let ready = state?.ready else { return [] }
            state?.ready = Array(ready.dropFirst(limit))
            return Array(ready.prefix(limit))
        }
    }

    /// What was read, once all of it was read.
    func finish() throws -> (clearBytes: Int64, storedBytes: Int64, clearDigest: String, storedDigest: String) {
        try state.withLock { state in
            guard let done = state.take(), done.isAtEnd, done.ready.isEmpty else { throw ArchiveError.malformed }
            return done.summary()
        }
    }

    private func openFrame(_ state: inout State?) throws {
        let prefix = try Self.take(4, from: object)
        let length = prefix.reduce(0) { $0 << 8 | Int($1) }
        let overhead = AESGCM.nonceByteCount + AESGCM.tagByteCount
        guard (overhead...(ArchiveHeader.frameBytes + overhead)).contains(length), let frame = state?.frame else {
            throw ArchiveError.malformed
        }
        let sealed = try Self.take(length, from: object)
        // Only the last frame may be shorter than a full one, and only it opens with the mark of the end.
        let middle = try? cipher.open(sealed, authenticating: ArchiveHeader.place(of: frame, isLast: false, in: headerDigest))
        if let middle, middle.count == ArchiveHeader.frameBytes {
            state?.ready = middle
        } else {
            do {
                state?.ready = try cipher.open(
                    sealed, authenticating: ArchiveHeader.place(of: frame, isLast: true, in: headerDigest))
            } catch {
                throw ArchiveError.notAuthentic
            }
            guard try object.read(upTo: 1).isEmpty else { throw ArchiveError.notAuthentic }
            state?.isAtEnd = true
        }
        guard let ready = state?.ready else { throw ArchiveError.malformed }
        state?.frame += 1
        state?.clear.update(ready)
        state?.clearBytes += Int64(ready.count)
        state?.stored.update(prefix + sealed)
        state?.storedBytes += Int64(prefix.count + sealed.count)
    }

    private static func take(_ count: Int, from source: any ByteSource) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try source.read(upTo: count - bytes.count)
            guard !more.isEmpty else { throw ArchiveError.malformed }
            bytes += more
        }
        return bytes
    }
}

extension DecryptingReader.State {
    consuming func summary() -> (clearBytes: Int64, storedBytes: Int64, clearDigest: String, storedDigest: String) {
        (clearBytes, storedBytes, Hex.encode(clear.finish()), Hex.encode(stored.finish()))
    }
}
