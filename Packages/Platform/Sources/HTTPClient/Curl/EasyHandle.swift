internal import CCurlShims
internal import CLibCurl

/// One transfer of libcurl with the lists it points to; freed when it is dropped. Used by one thread at a time.
@safe final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private var lists: [LineList] = []

    /// - Throws: ``TransportError`` when libcurl has no memory.
    init() throws(TransportError) {
        _ = CurlLibrary.isReady
        guard let pointer = unsafe curl_easy_init() else {
            throw TransportError(.invalidRequest, .nothingSent, reason: "libcurl could not begin a transfer")
        }
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe curl_easy_cleanup(pointer)
    }

    func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
        try check(unsafe trellis_curl_set_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: Bool) throws(TransportError) {
        try set(option, value ? 1 : 0)
    }

    func set(_ option: CURLoption, size value: Int) throws(TransportError) {
        try check(unsafe trellis_curl_set_offset(pointer, option, curl_off_t(value)))
    }

    func set(_ option: CURLoption, _ value: String) throws(TransportError) {
        try check(unsafe trellis_curl_set_string(pointer, option, value))
    }

    /// Hands over a body; libcurl takes a copy.
    func setBody(_ bytes: [UInt8]) throws(TransportError) {
        try set(CURLOPT_POSTFIELDSIZE_LARGE, size: bytes.count)
        try check(unsafe trellis_curl_set_bytes(pointer, CURLOPT_COPYPOSTFIELDS, bytes))
    }

    /// Sets a list of lines, which lives as long as the handle.
    func set(_ option: CURLoption, lines: [String]) throws(TransportError) {
        guard !lines.isEmpty else { return }
        let list = LineList()
        for line in lines { try list.append(line) }
        lists.append(list)
        try check(unsafe trellis_curl_set_list(pointer, option, list.pointer))
    }

    func set(_ option: CURLoption, context: UnsafeMutableRawPointer) throws(TransportError) {
        try check(unsafe trellis_curl_set_context(pointer, option, context))
    }

    func set(_ option: CURLoption, callback: trellis_curl_callback) throws(TransportError) {
        try check(unsafe trellis_curl_set_callback(pointer, option, callback))
    }

    /// Lets ``openPublicSocket(_:_:_:)`` decide about every connection.
    func connectToPublicAddressesOnly() throws(TransportError) {
        let function: @convention(c) (UnsafeMutableRawPointer?, curlsocktype, UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t =
            unsafe openPublicSocket
        // The setter for pointers: that for callbacks is typed for those that carry bytes.
        try unsafe set(CURLOPT_OPENSOCKETFUNCTION, context: unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
    }

    /// What tells this transfer from others while it lasts.
    var id: UInt { unsafe UInt(bitPattern: pointer) }

    /// A number that libcurl knows about the transfer.
    func number(_ info: CURLINFO) -> Int {
        unsafe trellis_curl_get_long(pointer, info)
    }

    private func check(_ code: CURLcode) throws(TransportError) {
        guard code == CURLE_OK else {
            throw TransportError(.invalidRequest, .nothingSent, reason: CurlLibrary.text(of: code))
        }
    }
}

/// A list of lines as libcurl keeps them; freed when it is dropped.
@safe private final class LineList {
    private(set) var pointer: UnsafeMutablePointer<curl_slist>?

    deinit {
        unsafe curl_slist_free_all(pointer)
    }

    func append(_ line: String) throws(TransportError) {
        guard let longer = unsafe curl_slist_append(pointer, line) else {
            throw TransportError(.invalidRequest, .nothingSent, reason: "libcurl is out of memory")
        }
        unsafe pointer = longer
    }
}

/// What is done once for the whole process.
enum CurlLibrary {
    /// Whether libcurl's process-wide state stands; the first look makes it (libcurl, curl_global_init: thread-safe as built by Debian).
    static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// The library's words for a result; they hold no data.
    static func text(of code: CURLcode) -> String {
        guard let text = unsafe curl_easy_strerror(code) else { return "error \(code.rawValue)" }
        return unsafe String(cString: text)
    }
}
