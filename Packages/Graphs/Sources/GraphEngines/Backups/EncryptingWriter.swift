internal import Cryptography
internal import Graphs
internal import Synchronization

/// Takes an archive in clear, piece by piece, and writes it encrypted to an object: a header, then frames of 1 MiB (GRA-115).
final class EncryptingWriter: ByteSink, Sendable {
    /// What was written.
    struct Summary: Sendable {
        let clearBytes: Int64
        let storedBytes: Int64
        let clearDigest: String
        let storedDigest: String
    }

    fileprivate struct State: ~Copyable {
        var buffer: [UInt8] = []
        var frame: UInt64 = 0
        var clearBytes: Int64 = 0
        var storedBytes: Int64 = 0
        var clear: SHA256Hasher
        var stored: SHA256Hasher
    }

    private let state: Mutex<State?>
    private let cipher: AESGCM
    private let headerDigest: [UInt8]
    private let object: any BackupObjectWriter

    /// Begins an object with a key of its own, wrapped by a master key.
    init(object: any BackupObjectWriter, masterKey: KeyRing.Key) throws {
        let key = SecretBytes.random(count: AESGCM.keyByteCount, from: SystemRandomSource())
        let wrapped = try key.withBytes { bytes in
            try AESGCM(key: masterKey.secret).seal(
                (0..<bytes.count).map { bytes[$0] }, authenticating: ArchiveHeader.purpose(ofKey: masterKey.id))
        }
        let header = ArchiveHeader(keyID: masterKey.id, wrappedKey: wrapped)
        cipher = try AESGCM(key: key)
        headerDigest = header.digest
        self.object = object
        var stored = SHA256Hasher()
        stored.update(header.bytes)
        state = Mutex(State(storedBytes: Int64(header.bytes.count), clear: SHA256Hasher(), stored: stored))
        try object.append(header.bytes)
    }

    func write(_ bytes: [UInt8]) throws {
        try state.withLock { state in
            guard state != nil else { throw ArchiveError.malformed }
            state?.clear.update(bytes)
            state?.clearBytes += Int64(bytes.count)
            state?.buffer += bytes
            // A full frame is written only when more follows, since the last one carries the mark of the end.
            while let buffer = state?.buffer, buffer.count > ArchiveHeader.frameBytes {
                state?.buffer = Array(buffer.dropFirst(ArchiveHeader.frameBytes))
                try seal(Array(buffer.prefix(ArchiveHeader.frameBytes)), isLast: false, &state)
            }
        }
    }

    /// Writes the last frame; nothing may be written afterwards.
    func finish() throws -> Summary {
        try state.withLock { state in
            guard let rest = state?.buffer else { throw ArchiveError.malformed }
            try seal(rest, isLast: true, &state)
            guard let done = state.take() else { throw ArchiveError.malformed }
            return done.summary()
        }
    }

    private func seal(_ clear: [UInt8], isLast: Bool, _ state: inout State?) throws {
        guard let frame = state?.frame else { throw ArchiveError.malformed }
        let sealed = try cipher.seal(clear, authenticating: ArchiveHeader.place(of: frame, isLast: isLast, in: headerDigest))
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: sealed.count >> (24 - 8 * $0)) } + sealed
        state?.frame += 1
        state?.stored.update(bytes)
        state?.storedBytes += Int64(bytes.count)
        try object.append(bytes)
    }
}

extension EncryptingWriter.State {
    consuming func summary() -> EncryptingWriter.Summary {
        EncryptingWriter.Summary(
            clearBytes: clearBytes, storedBytes: storedBytes, clearDigest: Hex.encode(clear.finish()),
            storedDigest: Hex.encode(stored.finish()))
    }
}
