# frozen_string_literal: true

require "minitest/autorun"
require "open3"
require "tmpdir"
require "showcase_memtrim/tuning"

# The lines to paste.
class LinesTest < Minitest::Test
  Changes = ShowcaseMemtrim::Tuning::Changes

  RAILS_PUMA = "threads_count = ENV.fetch(\"RAILS_MAX_THREADS\", 3)\nthreads threads_count, threads_count\n"

  def test_variables
    told = lines(Changes.new(variables: {"MALLOC_ARENA_MAX" => "1", "MALLOC_CONF" => "narenas:1,dirty_decay_ms:0"}))
    assert_equal %w[MALLOC_ARENA_MAX=1 MALLOC_CONF=narenas:1,dirty_decay_ms:0], told[:environment]
    assert_equal ['ENV MALLOC_ARENA_MAX="1"', 'ENV MALLOC_CONF="narenas:1,dirty_decay_ms:0"'], told[:dockerfile]
    assert_equal ['Environment="MALLOC_ARENA_MAX=1"', 'Environment="MALLOC_CONF=narenas:1,dirty_decay_ms:0"'], told[:systemd]
    assert_equal ["web: env MALLOC_ARENA_MAX=1 MALLOC_CONF=narenas:1,dirty_decay_ms:0 bundle exec puma -C config/puma.rb"], told[:procfile]
    assert_equal [[], []], told.values_at(:rails, :puma)
  end

  def test_what_is_special_in_each_place
    told = lines(Changes.new(variables: {"X" => %q(a "b" $c 5% 'd' \\)}))
    assert_equal [%q(ENV X="a \"b\" \$c 5% 'd' \\\\")], told[:dockerfile]
    assert_equal [%q(Environment="X=a \"b\" $c 5%% 'd' \\\\")], told[:systemd]
    out, = Open3.capture2("sh", "-c", "#{told[:environment].first}; printf %s \"$X\"")
    assert_equal %q(a "b" $c 5% 'd' \\), out
  end

  def test_threads
    few = Changes.new(threads: 2)
    assert_equal ["RAILS_MAX_THREADS=2"], lines(few, {"config/puma.rb" => RAILS_PUMA})[:environment]
    ["threads 5, 5\n", "threads 5, 5 # not ENV['RAILS_MAX_THREADS']\n", nil].each do |puma|
      told = lines(few, {"config/puma.rb" => puma})
      assert_equal [[], ["threads 2, 2"], []], told.values_at(:environment, :puma, :procfile), puma.inspect
    end
  end

  def test_a_limit_of_the_stack
    low = Changes.new(stack: 1 << 20, variables: {"A" => "1"})
    told = lines(low)
    assert_equal [["A=1"], ["ulimit -s 1024"], ['ENV A="1"'], ['Environment="A=1"', "LimitSTACK=1024K"]], told.values_at(:environment, :shell, :dockerfile, :systemd)
    assert_equal ["web: sh -c 'ulimit -s 1024; exec env A=1 bundle exec puma -C config/puma.rb'"], told[:procfile]
    assert_empty lines(Changes.new(variables: {"A" => "1"}))[:shell]
  end

  # As a shell runs the Procfile's line: variables of before and of its own, quotes, and one command after another.
  def test_a_procfile_line_with_a_limit_does_what_it_did
    print = "printf '%s %s %s' $(ulimit -s) $PORT \"it's\""
    ["B=2 sh -c #{print.shellescape}", "true && #{print}"].each do |command|
      line = lines(Changes.new(stack: 1 << 20), {"Procfile" => "web: #{command}\n"})[:procfile].first.delete_prefix("web: ")
      assert_equal "1024 3000 it's", Open3.capture2({"PORT" => "3000"}, "sh", "-c", line).first, line
    end
  end

  def test_settings
    assert_equal ["config.yjit = false", "config.log_level = :info"], lines(Changes.new(settings: {"yjit" => false, "log_level" => :info}))[:rails]
  end

  def test_a_library
    told = lines(Changes.new(preload: ["/opt/lib/libjemalloc.so.2"]))
    assert_equal ["LD_PRELOAD=/opt/lib/libjemalloc.so.2"], told[:environment]
    assert_match(/\ARUN apt-get .* libjemalloc2 /, told[:dockerfile].first)
    told = lines(Changes.new(preload: ["/lib/x.so"]), preloaded: ["/lib/x.so"])
    assert_empty told[:environment], "it is preloaded already"
    assert_equal ["LD_PRELOAD=/lib/y.so:/lib/x.so"], lines(Changes.new(preload: ["/lib/y.so"]), preloaded: ["/lib/x.so"])[:environment]
  end

  def test_the_apps_own_procfile
    few = Changes.new(variables: {"MALLOC_ARENA_MAX" => "1"})
    {
      "web: bin/rails server -p $PORT\nworker: sidekiq\n" => "web: env MALLOC_ARENA_MAX=1 bin/rails server -p $PORT",
      "worker: sidekiq\nweb:  env MALLOC_ARENA_MAX=2 A=b bundle exec puma\n" => "web: env MALLOC_ARENA_MAX=1 A=b bundle exec puma",
      "worker: sidekiq\n" => "web: env MALLOC_ARENA_MAX=1 bundle exec puma -C config/puma.rb"
    }.each { |procfile, line| assert_equal [line], lines(few, {"Procfile" => procfile})[:procfile] }
  end

  private

  def lines(changes, files = {}, **options)
    Dir.mktmpdir do |dir|
      files.compact.each do |path, content|
        FileUtils.mkdir_p(File.dirname(File.join(dir, path)))
        File.write(File.join(dir, path), content)
      end
      ShowcaseMemtrim::Tuning::Lines.new(dir, changes, **options).to_h
    end
  end
end
