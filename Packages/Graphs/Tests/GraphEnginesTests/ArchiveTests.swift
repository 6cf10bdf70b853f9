import Core
import Cryptography
import Foundation
import Graphs
import Synchronization
import Testing

@testable import GraphEngines

@Suite struct ArchiveTests {
    private let key = try? KeyRing.Key(id: "k1", secret: SecretBytes([UInt8](repeating: 7, count: 32)))

    private func ring() throws -> KeyRing { try KeyRing(newest: #require(key)) }

    private func written(_ clear: [UInt8], pieces: Int) throws -> (bytes: [UInt8], summary: EncryptingWriter.Summary) {
        let object = MemoryObject()
        let writer = try EncryptingWriter(object: object, masterKey: #require(key))
        var rest = clear[...]
        while !rest.isEmpty {
            try writer.write(Array(rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
        let summary = try writer.finish()
        return (object.contents, summary)
    }

    private func read(_ bytes: [UInt8], keys: KeyRing) throws -> [UInt8] {
        let reader = try DecryptingReader(object: MemoryObject(bytes), keys: keys)
        var clear: [UInt8] = []
        while true {
            let more = try reader.read(upTo: 100_000)
            if more.isEmpty { break }
            clear += more
        }
        _ = try reader.finish()
        return clear
    }

    @Test(arguments: [
        0, 1, 1_000, ArchiveHeader.frameBytes - 1, ArchiveHeader.frameBytes, ArchiveHeader.frameBytes + 1, 3 * ArchiveHeader.frameBytes,
    ])
    func `GRA-115 what is read back is what was written, and both digests are recorded`(_ count: Int) throws {
        let clear = RandomBytes.make(count: count)
        let (bytes, summary) = try written(clear, pieces: 70_000)
        #expect(try read(bytes, keys: ring()) == clear)
        #expect(summary.clearBytes == Int64(count))
        #expect(summary.storedBytes == Int64(bytes.count))
        #expect(summary.clearDigest == SHA256.hex(of: clear))
        #expect(summary.storedDigest == SHA256.hex(of: bytes))
    }

    @Test func `GRA-115 no byte of an archive can be changed, cut, added or swapped`() throws {
        let (bytes, _) = try written(RandomBytes.make(count: 40), pieces: 40)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x20
            #expect(throws: (any Error).self, "byte \(index)") { try read(changed, keys: ring()) }
        }
        for length in [0, 5, bytes.count / 2, bytes.count - 1] {
            #expect(throws: (any Error).self) { try read(Array(bytes.prefix(length)), keys: ring()) }
        }
        #expect(throws: (any Error).self) { try read(bytes + [0], keys: ring()) }
    }

    @Test func `GRA-115 frames of one archive cannot be left out, repeated or put in another order`() throws {
        let frame = ArchiveHeader.frameBytes + AESGCM.nonceByteCount + AESGCM.tagByteCount + 4
        let (bytes, _) = try written(RandomBytes.make(count: 3 * ArchiveHeader.frameBytes), pieces: 1 << 20)
        let head = bytes.count - 3 * frame
        let header = Array(bytes.prefix(head))
        let frames = (0..<3).map { Array(bytes[(head + $0 * frame)..<(head + ($0 + 1) * frame)]) }
        for order in [[0, 2], [1, 0, 2], [0, 0, 1, 2], [0, 1], [2]] {
            #expect(throws: ArchiveError.self) { try read(header + order.flatMap { frames[$0] }, keys: ring()) }
        }
    }

    @Test func `GRA-116 an archive opens with an older key of the ring and not without it`() throws {
        let clear = RandomBytes.make(count: 100)
        let (bytes, _) = try written(clear, pieces: 100)
        let newer = try KeyRing.Key(id: "k2", secret: SecretBytes([UInt8](repeating: 9, count: 32)))
        #expect(try read(bytes, keys: KeyRing(newest: newer, older: [#require(key)])) == clear)
        #expect(throws: ArchiveError.keyMissing("k1")) { try read(bytes, keys: KeyRing(newest: newer)) }
    }

    @Test func `GRA-117 an object appears when it is finished, is private, and leaves nothing when it is discarded`() async throws {
        try await withTemporaryDirectory { directory in
            let store = try DirectoryBackupStore(directory: directory)
            let key = try #require(BackupObjectKey(String(repeating: "a", count: 32)))
            let half = try store.create(key, expectedBytes: 10)
            try half.append([1, 2])
            #expect(throws: BackupStoreError.notFound) { try store.open(key) }
            half.discard()
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
            let whole = try store.create(key, expectedBytes: 10)
            try whole.append([1, 2, 3])
            try whole.finish()
            #expect(try store.open(key).read(upTo: 10) == [1, 2, 3])
            #expect(try store.objects().map(\.key) == [key.description])
            let mode = try FileManager.default.attributesOfItem(atPath: directory + "/\(key).backup")[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            try store.delete(key)
            try store.delete(key)
            #expect(try store.objects().isEmpty)
            #expect(throws: BackupStoreError.self) { try store.create(key, expectedBytes: 1 << 60) }
        }
    }

    @Test(arguments: ["", "../../etc/passwd", String(repeating: "A", count: 32), String(repeating: "a", count: 33)])
    func `GRA-117 only our own keys name an object`(_ text: String) {
        #expect(BackupObjectKey(text) == nil)
    }
}

/// An object in memory.
private final class MemoryObject: BackupObjectWriter, ByteSource {
    private let state: Mutex<[UInt8]>

    init(_ bytes: [UInt8] = []) { state = Mutex(bytes) }

    var contents: [UInt8] { state.withLock(\.self) }

    func append(_ bytes: [UInt8]) throws { state.withLock { $0 += bytes } }
    func finish() throws {}
    func discard() {}
    func read(upTo limit: Int) throws -> [UInt8] {
        state.withLock { bytes in
            defer { bytes = Array(bytes.dropFirst(limit)) }
            return Array(bytes.prefix(limit))
        }
    }
}
