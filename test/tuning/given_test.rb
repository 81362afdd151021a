# frozen_string_literal: true

require "minitest/autorun"
require "socket"
require "tmpdir"
require "showcase_memtrim/env_file"
require "showcase_memtrim/tuning"

# What a search is given, and the seconds that it measures.
class GivenTest < Minitest::Test
  Tuning = ShowcaseMemtrim::Tuning

  def test_a_file_of_variables
    read = env(<<~'TEXT')
      # of the container
      RAILS_MAX_THREADS=5
      export MALLOC_ARENA_MAX=2   # few

      URL=http://x/#fragment
      QUOTED="a \"b\" # c \$d" # a comment
      SINGLE='a # b'
      EMPTY=
      PASSED_ON
      LINES="one
      two" # and a comment
      MALLOC_ARENA_MAX=1
    TEXT
    expected = {"RAILS_MAX_THREADS" => "5", "MALLOC_ARENA_MAX" => "1", "URL" => "http://x/#fragment", "QUOTED" => 'a "b" # c $d', "SINGLE" => "a # b", "EMPTY" => "", "LINES" => "one\ntwo"}
    assert_equal expected, read
    assert_match(/vars\.env:2: not NAME=VALUE\z/, assert_raises(ShowcaseMemtrim::Error) { env("A=1\ntwo words\n") }.message)
    assert_match(/vars\.env:2: a quote that is not closed/, assert_raises(ShowcaseMemtrim::Error) { env("A=1\nB=\"2\nC=3\n") }.message)
    assert_match(/vars\.env:1: not UTF-8 text/, assert_raises(ShowcaseMemtrim::Error) { env("A=\xFF\n") }.message)
  end

  def test_a_candidate_of_the_users_own
    changes = Tuning::Changes.parse("MALLOC_CONF=narenas:1,dirty_decay_ms:0,threads=2,stack=512k,preload=/lib/x.so,yjit=false,action_controller.perform_caching=true")
    assert_equal({"MALLOC_CONF" => "narenas:1,dirty_decay_ms:0"}, changes.variables)
    assert_equal [2, 512 << 10, ["/lib/x.so"], {"yjit" => false, "action_controller.perform_caching" => true}], [changes.threads, changes.stack, changes.preload, changes.settings]
    [",", "=1", "A", "A-B=1", "threads=0", "stack=0", "stack=1000", "stack=much"].each { |text| assert_raises(ShowcaseMemtrim::Error, text) { Tuning::Changes.parse(text) } }
  end

  def test_libraries_of_the_environment_are_libraries
    stock = Tuning::Stock.new(variables: {"LD_PRELOAD" => "libjemalloc.so.2 /lib/x.so", "RUBY_GC_MALLOC_LIMIT" => "4M"}, preload: ["/lib/y.so"])
    assert_equal [["/lib/y.so", "libjemalloc.so.2", "/lib/x.so"], {"RUBY_GC_MALLOC_LIMIT" => "4M"}], [stock.preload, stock.variables]
    variant = stock.variant(Tuning::Changes.new(name: "x", variables: {"RUBY_GC_MALLOC_LIMIT" => "8M"}, preload: ["/lib/z.so"]))
    assert_equal [{"RUBY_GC_MALLOC_LIMIT" => "8M"}, "/lib/z.so"], [variant.variables, variant.preload.last]
  end

  # Whoever turned it on is who has to be told.
  def test_yjit_off
    off = Tuning::Changes.new(name: "yjit off", settings: {"yjit" => false})
    assert_equal [{"yjit" => false}, {}], effective(%w[rails], off)
    assert_equal [{}, {"RUBY_YJIT_ENABLE" => "0"}], effective(%w[environment], off)
    assert_equal [{"yjit" => false}, {"RUBY_YJIT_ENABLE" => "0", "RUBYOPT" => "-W0"}], effective(%w[environment rails], off, "RUBYOPT" => "-W0 --yjit --yjit-exec-mem-size=8")
    assert_match(/code of the app's turns YJIT on/, stock(%w[code]).refusal(off))
  end

  def test_yjit_with_less_memory
    small = Tuning::Changes.new(name: "yjit 8 MiB", variables: {"RUBYOPT" => "--yjit-disable --yjit-exec-mem-size=8"})
    assert_equal [{}, {"RUBYOPT" => "--yjit-disable --yjit-exec-mem-size=8"}], effective(%w[rails], small)
    assert_equal [{}, {"RUBYOPT" => "--yjit-exec-mem-size=8"}], effective(%w[environment], small)
  end

  def test_seconds_of_answers
    TCPServer.open("127.0.0.1", 0) do |server|
      answering = Thread.new { loop { answer(server.accept) } }
      load = ShowcaseMemtrim::HttpLoad.new(paths: %w[/quick /slow], count: 3, concurrency: 2)
      assert_equal({"/quick" => {200 => 3}, "/slow" => {200 => 3}}, load.run("127.0.0.1", server.addr[1]))
      assert_equal 6, load.seconds(server.addr[1]).size
      assert_equal 3, load.seconds(server.addr[1]).count { |seconds| seconds >= 0.2 }
    ensure
      answering&.kill&.join
    end
  end

  private

  def env(text)
    Dir.mktmpdir do |dir|
      file = File.join(dir, "vars.env")
      File.binwrite(file, text)
      ShowcaseMemtrim::EnvFile.read(file).to_h { |entry| [entry.name, entry.value] }
    end
  end

  def stock(yjit_by, variables = {})
    Tuning::Stock.new(variables: variables).tap { |stock| stock.learn({details: {runtime: {yjit: true, yjit_by: yjit_by}}, server: {threads: 3, paths: ["/"]}}) }
  end

  def effective(yjit_by, changes, variables = {})
    changes = stock(yjit_by, variables).effective(changes)
    [changes.settings, changes.variables]
  end

  def answer(client)
    Thread.new do
      path = client.gets.split[1]
      nil until client.gets.chomp.empty?
      sleep 0.2 if path == "/slow"
      client.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    ensure
      client.close
    end
  end
end
