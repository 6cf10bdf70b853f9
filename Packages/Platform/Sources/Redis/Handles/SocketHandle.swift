internal import CHiredis
internal import Glibc

/// A socket to a server that hiredis connected and that does not block. It closes itself; every call is for the one thread that owns it.
///
/// hiredis would write to a broken connection so that the process gets SIGPIPE: here its bytes are sent without.
@safe
struct SocketHandle: ~Copyable {
    enum Outcome {
        case bytes(Int)
        case wouldBlock
        case end
        case failed(Int32)
    }

    private let context: UnsafeMutablePointer<redisContext>

    /// Begins to connect; `nil` when there is no memory for it. Looking up a host name may block, so this is not for a loop's thread.
    init?(connectingTo address: RedisConfiguration.Address) {
        let made =
            switch address {
            case .host(let host, let port): unsafe redisConnectNonBlock(host, Int32(port))
            case .socket(let path): unsafe redisConnectUnixNonBlock(path)
            }
        guard let made = unsafe made else { return nil }
        unsafe context = made
    }

    deinit {
        unsafe redisFree(context)
    }

    var descriptor: Int32 { unsafe context.pointee.fd }

    /// Why the connection could not be begun; `nil` when it is under way.
    var failure: String? {
        guard unsafe context.pointee.err != 0 || context.pointee.fd < 0 else { return nil }
        return unsafe withUnsafeBytes(of: &context.pointee.errstr) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// The error number with which connecting ended; 0 when the connection is open.
    var connectError: Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return errno }
        return code
    }

    /// Reads what is there into a buffer, from its beginning.
    func receive(into buffer: inout [UInt8]) -> Outcome {
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe recv(descriptor, bytes.baseAddress, bytes.count, 0)
        }
        if result == 0 { return .end }
        return result > 0 ? .bytes(result) : Self.failure(errno)
    }

    /// Writes as much of `bytes` from `offset` on as the system takes now.
    func send(_ bytes: [UInt8], from offset: Int) -> Outcome {
        let result = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.send(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset, Int32(MSG_NOSIGNAL))
        }
        return result >= 0 ? .bytes(result) : Self.failure(errno)
    }

    private static func failure(_ code: Int32) -> Outcome {
        code == EAGAIN || code == EWOULDBLOCK || code == EINTR ? .wouldBlock : .failed(code)
    }
}
