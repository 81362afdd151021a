# frozen_string_literal: true

require_relative "../showcase_memtrim"

module ShowcaseMemtrim
  # Who uses what gems and railties offer, as far as source tells: an app's files (`read`), and other gems' (`in_gems`).
  # Files are read and parsed, nothing of them is ever run.
  module Uses
    # What a gem or a railtie offers to an app. Every list may be nil or empty.
    #
    # name: "geocoder", "active_storage/engine". kind: :gem or :railtie. constants: full names; what is below one is its too.
    # methods: names that it adds to others' classes ("String#shout", or "shout" where it is not known whose). symbols: names of MIME types, template kinds, renderers, adapters.
    # directories: absolute require paths. executables: names. views, assets: logical paths ("kaminari/_paginator",
    # "bootstrap/alert.css").
    Offer = Struct.new(:name, :kind, :constants, :methods, :symbols, :directories, :executables, :views, :assets, keyword_init: true)

    # One place that uses an offer.
    #
    # name: the offer's. file: relative to the app's directory (absolute in a gem). line: from 1. how: :constant :method
    # :require :guard :string :symbol :template :view :asset :executable :mention :gemspec :plugin. what: as written.
    # at: :load (when the file is loaded) :block (in a block outside of a method) :call (in a method or a template).
    # role: of the file, see Role. gem: whose file it is; nil in an app.
    Use = Struct.new(:name, :file, :line, :how, :what, :at, :role, :gem, keyword_init: true)

    # What was read of an app.
    #
    # uses: [Use] by file and line. idle_uses: those in files that Rails has generated and nobody uses (alone: their names).
    # files: how many were read. skipped: [[file, why]], of which only words were looked at. unknowns: [[file, line, text]] where
    # source can't tell which constant or file is meant. defined: full names of the app's own constants → [file, line].
    Reading = Struct.new(:uses, :idle_uses, :files, :skipped, :unknowns, :defined, :alone, keyword_init: true)

    class << self
      # @param directory [String] of the app
      # @param offers [Array<Offer>]
      # @param env [String] the environment whose files count as the app's
      # @return [Reading]
      # @raise [Error] when there is no such directory, or no parser
      def read(directory, offers, env: "production")
        require_relative "uses/app"
        App.new(directory, offers, env: env).read
      end

      # @param gems [Hash{String => Array<String>}] name → its lib directories
      # @param offers [Array<Offer>]
      # @return [Array<Use>] who of the *other* gems names an offer; files are absolute, `gem` is set
      # @raise [Error] when there is no parser
      def in_gems(gems, offers)
        require_relative "uses/gems"
        Gems.new(gems, offers).uses
      end
    end
  end
end
