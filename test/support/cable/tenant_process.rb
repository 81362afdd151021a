# frozen_string_literal: true

require "json"
require_relative "../memtrim"

# The whole app in a process, which runs what it is told to.
class TenantProcess
  PROGRAM = <<~RUBY
    answers = $stdout.dup
    $stdout.reopen($stderr)
    require "./config/environment"
    ActiveRecord::Schema.verbose = false
    ActiveRecord::Tasks::DatabaseTasks.load_schema(ActiveRecord::Base.configurations.configs_for(env_name: Rails.env).first)
    answers.sync = true
    $stdin.each_line do |line|
      answers.puts JSON.generate([eval(JSON.parse(line).first)])
    rescue StandardError => error
      answers.puts JSON.generate({error: error.full_message(highlight: false)})
    end
  RUBY

  # A cookie of the app's, as a browser sends it back.
  COOKIE = <<~'RUBY'
    def cookie(name, value, kind)
      jar = ActionDispatch::Request.new(Rails.application.env_config.merge("HTTP_HOST" => "127.0.0.1")).cookie_jar
      jar.public_send(kind)[name] = value
      "#{name}=#{Rack::Utils.escape(jar[name])}"
    end
  RUBY

  # @param directory [String]
  # @param environment [Hash{String => String, nil}]
  def initialize(directory, environment)
    @log = File.join(directory, "log/#{object_id}.log")
    @process = IO.popen(Memtrim.environment(environment), ["ruby", "-rbundler/setup", "-e", PROGRAM], "r+", chdir: directory, unsetenv_others: true, err: @log)
    Minitest.after_run { stop }
  end

  # @param code [String] Ruby
  # @return [Object] its value, as JSON has it
  def run(code)
    @process.puts(JSON.generate([code]))
    answer = JSON.parse(@process.gets || raise("the tenant has ended:\n#{File.read(@log)}"))
    answer.is_a?(Array) ? answer.first : raise(answer.fetch("error"))
  end

  # @param kind [:encrypted, :signed]
  # @return [String] a header's value
  def cookie(value, name: "visitor", kind: :encrypted)
    run("#{COOKIE}\ncookie(#{[name, value, kind].map(&:inspect).join(", ")})")
  end

  def stop
    @process.close unless @process.closed?
  end
end
