import EventLoops
import Glibc

/// A client that sends whatever bytes it is told, over a blocking socket, on the offload pool.
final class RawClient: Sendable {
    private let descriptor: Int32

    /// - Parameter receiveBuffer: how many bytes the system keeps for the client before it reads; `nil` for what the system thinks best.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, size) }
        }
        guard result == 0 else { throw EventLoopTestError.connect }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    enum EventLoopTestError: Error { case connect }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Makes the end of the connection a reset, which says that nothing more is wanted.
    func breakOff() {
        var now = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }

    func closeWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads until the text so far satisfies the condition, or the server closes.
    func read(until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }) async throws -> String {
        try await offload { [descriptor] in
            var collected: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while !isEnough(String(decoding: collected, as: UTF8.self)) {
                let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
                guard count > 0 else { break }
                collected.append(contentsOf: buffer.prefix(count))
            }
            return String(decoding: collected, as: UTF8.self)
        }
    }

    /// Reads so many bytes, or fewer when the server closes before.
    func read(count: Int) async throws -> [UInt8] {
        try await offload { [descriptor] in
            var collected: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: min(count, 65_536))
            while collected.count < count {
                let wanted = min(buffer.count, count - collected.count)
                let received = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, wanted, 0) }
                guard received > 0 else { break }
                collected.append(contentsOf: buffer.prefix(received))
            }
            return collected
        }
    }

    /// Reads the head of an answer and not a byte more.
    func readHead() async throws -> String {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8), let byte = try await read(count: 1).first { head.append(byte) }
        return String(decoding: head, as: UTF8.self)
    }

    /// Sends everything and reads to the end of the connection.
    func exchange(_ text: String) async throws -> String {
        send(text)
        return try await read()
    }
}
