# frozen_string_literal: true

require "fileutils"
require "json"
require_relative "memtrim"

# A small Ruby program, run plain and recorded: main.rb and the files that it loads.
class Program
  # Without RubyGems `require` is Ruby's own; with RubyGems it is a Ruby method around that; and Bundler puts Ruby's
  # own back in its place.
  MODES = {"rubygems" => [], "bundler" => ["-rbundler/setup"], "no rubygems" => ["--disable-gems"]}.freeze

  # For every program: prints what a block gives, or how it fails.
  SHOW = <<~RUBY
    $stdout.sync = true

    def show(label)
      puts "\#{label}: \#{yield.inspect}"
    rescue LoadError => error
      puts "\#{label}: \#{error.class} \#{error.message} (path \#{error.path.inspect}) at \#{error.backtrace.inspect}"
    rescue ScriptError, StandardError => error
      puts "\#{label}: \#{error.class} \#{error.message} at \#{error.backtrace.inspect}"
    end
  RUBY

  # As Bundler would write it for an empty Gemfile.
  LOCK = "GEM\n  specs:\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n\nBUNDLED WITH\n   #{Bundler::VERSION}\n"

  # @param files [Hash] contents by path; main.rb is what is run
  def self.in_a_directory(files)
    Dir.mktmpdir("program") do |dir|
      yield new(File.realpath(dir), files)
    end
  end

  attr_reader :directory

  def initialize(directory, files)
    @directory = File.join(directory, "app")
    @recordings = directory
    {"Gemfile" => "", "Gemfile.lock" => LOCK, "show.rb" => SHOW, **files}.each do |path, content|
      file = File.join(@directory, path)
      FileUtils.mkdir_p(File.dirname(file))
      File.write(file, content)
    end
  end

  def plain(ruby_options)
    Memtrim.run_command(RbConfig.ruby, *ruby_options, "main.rb", chdir: directory, stdin_data: "")
  end

  def recorded(ruby_options)
    FileUtils.rm_f(recording)
    Memtrim.run("record", "-o", recording, "--", RbConfig.ruby, *ruby_options, "main.rb", chdir: directory, stdin_data: "")
  end

  def recording
    File.join(@recordings, "program.memtrim")
  end

  # The recording's report, as its readers get it.
  def report
    JSON.parse(Memtrim.run("report", "--recording", recording, "--format", "json").out)
  end

  # What was left beside the recording.
  def litter
    Dir.children(@recordings) - ["app", File.basename(recording)]
  end
end
