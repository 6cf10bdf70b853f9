internal import Redis

extension RedisWindows {
    /// Decides and counts. A bucket is a list of slices, ascending, with the number of places taken in each behind it; none of them is zero.
    ///
    /// A refusal writes nothing, so that those who are refused cost little and keep nothing alive. A clock that goes back frees no places: time stands
    /// still at the newest slice of a bucket.
    static let taking = RedisScript(
        #"""
        local rows, newest = {}, {}
        local tightest, least = 0, nil
        for i = 1, #KEYS do
            local slice, limit = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1])
            local raw = redis.call('GET', KEYS[i])
            local row = raw and cmsgpack.unpack(raw) or {}
            local last = row[#row - 1]
            if last and last > slice then slice = last end
            local kept, sum = {}, 0
            for p = 1, #row, 2 do
                if row[p] > slice - 61 then
                    kept[#kept + 1] = row[p]
                    kept[#kept + 1] = row[p + 1]
                    sum = sum + row[p + 1]
                end
            end
            rows[i], newest[i] = kept, slice
            if not least or limit - sum < least then tightest, least = i, limit - sum end
        end
        if least > 0 then
            for i = 1, #KEYS do
                local row = rows[i]
                if row[#row - 1] == newest[i] then
                    row[#row] = row[#row] + 1
                else
                    row[#row + 1] = newest[i]
                    row[#row + 1] = 1
                end
                redis.call('SET', KEYS[i], cmsgpack.pack(row), 'PX', ARGV[3 * i])
            end
        end
        return {tightest - 1, least, (rows[tightest][1] or newest[tightest]) + 61}
        """#)

    /// Takes one place out of the newest slice of each bucket that has one in its window.
    static let givingBack = RedisScript(
        #"""
        local given = 0
        for i = 1, #KEYS do
            local slice = tonumber(ARGV[3 * i - 2])
            local raw = redis.call('GET', KEYS[i])
            local row = raw and cmsgpack.unpack(raw) or {}
            local size = #row
            if size > 0 and row[size - 1] > slice - 61 then
                given = given + 1
                row[size] = row[size] - 1
                if row[size] == 0 then
                    row[size] = nil
                    row[size - 1] = nil
                end
                if #row == 0 then
                    redis.call('DEL', KEYS[i])
                else
                    redis.call('SET', KEYS[i], cmsgpack.pack(row), 'KEEPTTL')
                end
            end
        end
        return given
        """#)
}
