internal import CCurlShims
internal import CLibCurl
internal import Core

/// A transfer that libcurl works on. It is kept alive by the engine for as long as libcurl may call back into it.
final class RunningTransfer {
    let submission: Submission
    let handle: EasyHandle

    /// Sets up a transfer.
    ///
    /// - Throws: ``TransportError`` when libcurl refuses a setting.
    init(_ submission: Submission, now: ContinuousClock.Instant) throws(TransportError) {
        self.submission = submission
        handle = try EasyHandle()
        try submission.exchange.configure(handle)
        try handle.set(CURLOPT_NOSIGNAL, true)
        // A name lookup under way must not hold up the others when its transfer is stopped.
        try handle.set(CURLOPT_QUICK_EXIT, true)
        try handle.set(CURLOPT_TIMEOUT_MS, Int(max(1, (submission.deadline - now).wholeMilliseconds)))
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        try unsafe handle.set(CURLOPT_WRITEFUNCTION, callback: takeBody)
        try unsafe handle.set(CURLOPT_WRITEDATA, context: context)
        try unsafe handle.set(CURLOPT_HEADERFUNCTION, callback: takeHeader)
        try unsafe handle.set(CURLOPT_HEADERDATA, context: context)
        try unsafe handle.set(CURLOPT_READFUNCTION, callback: giveBytes)
        try unsafe handle.set(CURLOPT_READDATA, context: context)
    }
}

// C calls these on the engine's thread, with the RunningTransfer that the engine keeps as long as the transfer lasts.

private func transfer(_ context: UnsafeMutableRawPointer?) -> RunningTransfer? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<RunningTransfer>.fromOpaque(context).takeUnretainedValue()
}

private func takeBody(_ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
    guard let transfer = unsafe transfer(context), unsafe transfer.submission.exchange.take(body: bytes) else { return -1 }
    return size * count
}

private func takeHeader(_ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
    guard let transfer = unsafe transfer(context), unsafe transfer.submission.exchange.take(header: bytes) else { return -1 }
    return size * count
}

private func giveBytes(_ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let transfer = unsafe transfer(context) else { return Int(CURL_READFUNC_ABORT) }
    return unsafe transfer.submission.exchange.give(into: UnsafeMutableRawBufferPointer(start: data, count: size * count))
}
