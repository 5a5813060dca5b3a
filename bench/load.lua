-- wrk ... URL -- METHOD COOKIES: sends one prepared request for each cookie of the file, in turn, and prints what came of it as JSON.
local requests, turn = {}, 0

function init(args)
  wrk.method = args[1]
  if args[2] then
    for cookie in io.lines(args[2]) do
      requests[#requests + 1] = wrk.format(nil, nil, { Cookie = cookie })
    end
  else
    requests[1] = wrk.format()
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,' ..
    '"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
