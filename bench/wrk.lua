-- Sends requests that were made and signed beforehand, each once; says at the end how it went in one line.
local requests, sent = {}, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  while true do
    local length = file:read("*n", "*l")
    if not length then break end
    requests[#requests + 1] = file:read(length)
  end
  file:close()
end

function request()
  sent = sent + 1
  -- A repeated request would be answered from its receipt; this one is counted as an error instead.
  return requests[sent] or "GET /no-more-requests HTTP/1.1\r\nHost: bench\r\n\r\n"
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format("BENCH %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(95), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
