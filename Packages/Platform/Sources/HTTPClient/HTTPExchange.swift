internal import CLibCurl
internal import Core

/// One HTTP request and its answer as it arrives.
///
/// Its state belongs to the engine's thread until the engine answers the caller; the caller reads it after that.
@safe final class HTTPExchange: CurlExchange, @unchecked Sendable {
    /// A request that was checked, with the limits that apply to it.
    struct Setup: Sendable {
        let request: ClientRequest
        let configuration: CurlTransport.Configuration

        /// - Throws: ``TransportError`` of kind `invalidRequest` for an address or header that must not be sent.
        init(_ request: ClientRequest, configuration: CurlTransport.Configuration) throws(TransportError) {
            let address = try CurlAddress(request.url)
            let isAllowed = address.scheme == "https" || address.scheme == "http" && configuration.allowsPlainLoopback && address.isLoopback
            guard isAllowed else { throw Self.refusal("the address must be https") }
            guard address.user == nil, address.password == nil else { throw Self.refusal("the address must not hold credentials") }
            guard !request.method.isEmpty, request.method.utf8.allSatisfy(Self.isTokenCharacter) else {
                throw Self.refusal("the method is not a token")
            }
            for field in request.headers.fields { try Self.check(field) }
            self.request = request
            self.configuration = configuration
        }

        private static func check(_ field: ClientHeaders.Field) throws(TransportError) {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(isTokenCharacter) else { throw refusal("a header name is not a token") }
            guard field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw refusal("the header \(field.name) has control characters")
            }
            guard !["content-length", "transfer-encoding", "host", "connection", "expect"].contains(field.name.lowercased()) else {
                throw refusal("the header \(field.name) belongs to the transport")
            }
        }

        private static func refusal(_ reason: String) -> TransportError {
            TransportError(.invalidRequest, .nothingSent, reason: reason)
        }

        /// RFC 9110, section 5.6.2.
        private static func isTokenCharacter(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
    }

    private let setup: Setup
    private var head = ResponseHead()
    private var body: [UInt8] = []
    private var headerBytes = 0
    private var exceeded: String?
    private var isCut = false
    private var status = 0
    private let taking: (@Sendable ([UInt8]) throws -> Void)?
    /// Why whoever takes the body wants no more of it.
    private(set) var refusal: (any Error)?

    init(setup: Setup, taking: (@Sendable ([UInt8]) throws -> Void)? = nil) {
        self.setup = setup
        self.taking = taking
    }

    /// The answer, once the engine is done.
    func response() throws(TransportError) -> ClientResponse {
        ClientResponse(status: status, headers: head.headers, body: body)
    }

    func configure(_ handle: EasyHandle) throws(TransportError) {
        let (request, configuration) = (setup.request, setup.configuration)
        try handle.set(CURLOPT_URL, request.url)
        try handle.set(CURLOPT_PROTOCOLS_STR, configuration.allowsPlainLoopback ? "https,http" : "https")
        try handle.set(CURLOPT_PROXY, "")
        try handle.set(CURLOPT_FOLLOWLOCATION, false)
        try handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try handle.set(CURLOPT_SSL_VERIFYPEER, 1)
        try handle.set(CURLOPT_SSL_VERIFYHOST, 2)
        if let path = configuration.certificateBundlePath { try handle.set(CURLOPT_CAINFO, path) }
        try handle.set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate")
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(configuration.connectTimeout.wholeMilliseconds))
        try handle.set(CURLOPT_LOW_SPEED_LIMIT, 1)
        try handle.set(CURLOPT_LOW_SPEED_TIME, max(1, Int(configuration.idleTimeout.components.seconds)))
        try handle.set(CURLOPT_MAXFILESIZE_LARGE, size: configuration.cutsLongBodies || taking != nil ? 0 : configuration.maximumBodyBytes)
        if configuration.connectsToPublicAddressesOnly { try handle.connectToPublicAddressesOnly() }
        try handle.set(CURLOPT_RESOLVE, lines: configuration.knownHosts)
        try setMethod(handle)
        try setHeaders(handle)
    }

    private func setMethod(_ handle: EasyHandle) throws(TransportError) {
        let request = setup.request
        switch request.method {
        case "GET" where request.body.isEmpty:
            try handle.set(CURLOPT_HTTPGET, true)
        case "HEAD":
            try handle.set(CURLOPT_NOBODY, true)
        case "POST", "PUT", "PATCH":
            try handle.setBody(request.body)
            try handle.set(CURLOPT_CUSTOMREQUEST, request.method)
        default:
            if !request.body.isEmpty { try handle.setBody(request.body) }
            try handle.set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private func setHeaders(_ handle: EasyHandle) throws(TransportError) {
        // An empty value is written "Name;", a name without value removes a field of libcurl's own (CURLOPT_HTTPHEADER).
        var lines = setup.request.headers.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        lines.append("Expect:")
        if setup.request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        if setup.request.headers["User-Agent"] == nil { lines.append("User-Agent: \(setup.configuration.userAgent)") }
        try handle.set(CURLOPT_HTTPHEADER, lines: lines)
    }

    func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        let chunk = unsafe Array(bytes)
        if let taking, (200...299).contains(head.status) {
            do {
                try taking(chunk)
                return true
            } catch {
                refusal = error
                return false
            }
        }
        guard body.count + bytes.count <= setup.configuration.maximumBodyBytes else {
            if setup.configuration.cutsLongBodies {
                body.append(contentsOf: chunk.prefix(setup.configuration.maximumBodyBytes - body.count))
                isCut = true
                return false
            }
            exceeded = "the body is larger than \(setup.configuration.maximumBodyBytes) bytes"
            return false
        }
        body.append(contentsOf: chunk)
        return true
    }

    func take(header bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= setup.configuration.maximumHeaderBytes else {
            exceeded = "the header is larger than \(setup.configuration.maximumHeaderBytes) bytes"
            return false
        }
        head.take(line: unsafe String(decoding: bytes, as: UTF8.self))
        return true
    }

    func give(into buffer: UnsafeMutableRawBufferPointer) -> Int { 0 }

    func finish(_ code: CURLcode, _ handle: EasyHandle) throws(TransportError) {
        status = handle.number(CURLINFO_RESPONSE_CODE)
        let progress: TransportError.Progress = handle.number(CURLINFO_REQUEST_SIZE) > 0 ? .maybeSent : .nothingSent
        if isCut { return }
        if let exceeded { throw TransportError(.limit, .maybeSent, reason: exceeded) }
        switch code {
        case CURLE_OK:
            guard (100...599).contains(status) else { throw Self.error(.malformedResponse, .maybeSent, code) }
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR:
            throw Self.error(.connection, .nothingSent, code)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            throw Self.error(.certificate, .nothingSent, code)
        case CURLE_OPERATION_TIMEDOUT:
            throw Self.error(.timeout, progress, code)
        case CURLE_FILESIZE_EXCEEDED:
            throw Self.error(.limit, .maybeSent, code)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2:
            throw Self.error(.malformedResponse, .maybeSent, code)
        default:
            throw Self.error(.interrupted, progress, code)
        }
    }

    private static func error(_ kind: TransportError.Kind, _ progress: TransportError.Progress, _ code: CURLcode) -> TransportError {
        TransportError(kind, progress, reason: CurlLibrary.text(of: code))
    }
}

/// The header of the last answer; interim answers (1xx) before it are forgotten.
private struct ResponseHead {
    private(set) var headers = ClientHeaders()
    private(set) var status = 0

    mutating func take(line: String) {
        if line.hasPrefix("HTTP/") {
            headers = ClientHeaders()
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            return
        }
        guard let colon = line.firstIndex(of: ":") else { return }
        headers.add(String(line[..<colon]), String(line[line.index(after: colon)...].trimmingBlanks))
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var text = self
        while let first = text.unicodeScalars.first, first.value <= 0x20 { text = text.dropFirst() }
        while let last = text.unicodeScalars.last, last.value <= 0x20 { text = text.dropLast() }
        return text
    }
}
