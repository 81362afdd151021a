# frozen_string_literal: true

require "rbconfig"
require_relative "../peers"
require_relative "verdict"

module Verdicts
  # degem: a gem of whose constants none is in a Ruby file that git knows, and that nobody requires, "may be unused".
  class Degem
    # It says that it runs on Ruby 3.1, and uses Data, which came with 3.2: there it gets what it needs of it.
    DATA = %(require "set"; module Data; def self.define(*names) = Struct.new(*names, keyword_init: true); end unless defined?(Data))
    NAME = /^(\S+?)(?:: \S+)?\n=+$/

    def name
      "degem"
    end

    # @param subject [Subject]
    # @return [Hash{String => Verdict}] by name: remove for what it names, and nothing of what it does not name
    def verdicts(subject)
      paths = Peers.library_paths("degem", "prism")
      outcome = subject.run(RbConfig.ruby, "-rbundler/setup", *paths.flat_map { |path| ["-I", path] }, "-e", %(#{DATA}\nrequire "degem"; Degem::Cli.call))
      raise "degem fails on #{subject.name}:\n#{outcome.err}" unless outcome.ok? && outcome.err.include?("may be unused")
      self.class.read(outcome.err)
    end

    # @param text [String] its report
    # @return [Hash{String => Verdict}]
    def self.read(text)
      text[/may be unused.*/m].scan(NAME).flatten.to_h { |name| [name, Verdict.new(name: name, kind: "gem", verdict: "remove", files: [])] }
    end
  end
end
