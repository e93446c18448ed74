-- wrk's numbers in full, as one line of JSON; times in microseconds.
done = function(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"duration":%d,"bytes":%d,"p50":%d,"p99":%d,"max":%d,"bad_status":%d,"socket_errors":%d}\n',
        summary.requests, summary.duration, summary.bytes,
        latency:percentile(50), latency:percentile(99), latency.max,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
