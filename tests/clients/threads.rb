# Lists the threads with Ruby's own HTTP client.
require 'net/http'

url = URI("#{ENV.fetch('HUBBUB_URL')}/1.0/content_threads")
answer = Net::HTTP.get_response(url, 'Authorization' => "Bearer #{ENV.fetch('HUBBUB_TOKEN')}")
abort answer.code unless answer.code == '200'
puts answer.body
