# frozen_string_literal: true

require_relative "role"

module ShowcaseMemtrim
  module Uses
    # The files of an app that may use something, and how each is to be read. None is opened here but to see its first line.
    class Files
      # path: absolute. file: relative. kind: :ruby, :ruby_template, :erb, :indented, :yaml, :style, :script, :text. size: bytes.
      Source = Struct.new(:path, :file, :kind, :role, :size, keyword_init: true)

      NOWHERE = %w[.git .hg .svn node_modules .bundle .yarn].freeze
      # Of an app, or of an engine in it.
      OUTPUT = %w[tmp log coverage storage public vendor/bundle vendor/cache vendor/ruby doc/api].freeze
      # What is generated from the bundle, or only lists it.
      LISTS = %r{\A(?:sorbet/rbi/(?:gems|dsl|annotations|todo)|\.gem_rbs_collection|config/memtrim\.yml\z|\.github/dependabot\.ya?ml\z|config/locales/.*\.ya?ml\z|gemfiles/)|
        (?:\A|/)(?:Gemfile[^/]*|gems\.rb|gems\.locked|[^/]*\.gemfile|Appraisals|[^/]*\.lock|[^/]*lock\.(?:json|ya?ml)|rbs_collection\.lock\.yaml|renovate\.json5?|tsconfig[^/]*\.json|dependency_decisions\.yml|CODEOWNERS)\z|
        (?:\A|/)config/locales/.*\.ya?ml\z|(?:\A|/)(?:cassettes|vcr_cassettes)/}x
      DOCUMENTS = %r{(?:\A|/)(?:README|CHANGELOG|CHANGES|HISTORY|(?:\w+-)?LICEN[SC]E|COPYING|CONTRIBUTING|AUTHORS|NOTICE|TODO|SECURITY|CODE_OF_CONDUCT)(?:\.[a-z]+)?\z|\.(?:md|markdown|mdx|txt|rdoc|adoc|textile|rst|org|pdf|docx?|log)\z}i
      DATA = /\.(?:csv|tsv|svg|map|po|pot|sql|sqlite3?|db|png|jpe?g|gif|ico|webp|avif|bmp|tiff?|woff2?|ttf|otf|eot|mp[34]|m4a|mov|webm|wav|ogg|zip|gz|tgz|tar|bz2|xz|7z|jar|so|o|a|dylib|bundle|dll|exe|bin|dat|xlsx?|pptx?|odt|ods|key|pem|crt|p12|enc|geojson|ndjson|jsonl|xml|ics|vcf|eml|rbi|snap|dump|parquet|wasm|min\.js|psd|ai|c|h|cc|cpp|hpp|java|go|rs|py|php|pl|swift|kt|lua|sketch|keep|gitkeep)\z/i
      RUBY = /\.(?:rb|rake|ru|gemspec|thor|god|cap|podspec|rbw|eye|irbrc|pryrc)\z/
      RUBY_TEMPLATE = /\.(?:jbuilder|builder|axlsx|prawn|rabl|arb|ruby|props|xlsxtream|jb|rxml|rjs|pdfkit|caxlsx|ical|json_builder)\z/
      RUBY_NAMES = %w[Rakefile rakefile Guardfile Capfile Thorfile Vagrantfile Brewfile Dangerfile Fastfile .pryrc .irbrc .simplecov .autotest .rdbgrc Schedule].freeze
      SHEBANG = /\A#!.*\b(?:ruby|rails|rake|rackup|jruby|bundle|bundler)\b/n
      KINDS = {
        /\.(?:erb|rhtml|erubi|erubis)\z/ => :erb, /\.(?:haml|slim|hamlit|faml|hamlc|slime)\z/ => :indented, /\.ya?ml\z/ => :yaml,
        /\.(?:css|scss|sass|less|pcss|styl)\z/ => :style, /\.(?:m?js|cjs|jsx|m?tsx?|coffee|es6|vue|svelte)\z/ => :script
      }.freeze
      # Where a file's name is a template's.
      VIEWS = %r{(?:\A|/)(?:app/(?:views|components|templates|mailers|cells)|views|templates)/}
      LARGE = 20 * 1024 * 1024

      # @return [Array<Array(String, String)>] files that can't be read, and why
      attr_reader :skipped

      # @param directory [String] of the app
      # @param env [String]
      def initialize(directory, env:)
        @root = File.realpath(directory)
        @role = Role.new(env, method(:unit?))
        @skipped = []
        @units = {}
      end

      # @return [Array<Source>] by name
      def sources
        @sources ||= found.filter_map { |path, size| source(path, size) }
      end

      # @return [Array<String>] all files, relative, also those that are not read
      def all
        @all ||= found.map { |path, _| readable(path) }
      end

      # @return [String] a file's path in its part of the app
      def place(file)
        @role.place(file)
      end

      # @return [Boolean] whether a template or anything else that is processed by the ends of its name
      def self.view?(file)
        VIEWS.match?(file)
      end

      private

      # Files by their bytes, with their sizes. Links to directories come last: what they lead to may have a place of its own.
      def found
        @found ||= begin
          files = []
          seen = {identity(File.stat(@root)) => true}
          waiting = [""]
          links = []
          while (directory = waiting.shift || links.shift)
            next unless directory.empty? || enter?(directory, seen)
            look(directory, files, waiting, links)
          end
          files.sort_by { |file, _| file.b }
        end
      end

      def look(directory, files, waiting, links)
        children(directory).each do |name|
          file = directory.empty? ? name : "#{directory}/#{name}"
          next if NOWHERE.include?(name)
          stat = File.stat(File.join(@root, file))
          if stat.directory?
            (File.symlink?(File.join(@root, file)) ? links : waiting) << file unless left_out?(file)
          elsif stat.file?
            files << [file, stat.size]
          end
        rescue SystemCallError => error
          @skipped << [readable(file), reason(error)] unless left_out?(file)
        end
      end

      def enter?(directory, seen)
        identity = identity(File.stat(File.join(@root, directory)))
        return false if seen[identity] || above?(directory)
        seen[identity] = true
      end

      def children(directory)
        Dir.children(File.join(@root, directory), encoding: Encoding::UTF_8).sort_by(&:b)
      rescue SystemCallError => error
        @skipped << [readable(directory), reason(error)]
        []
      end

      def readable(file)
        file.dup.force_encoding(Encoding::UTF_8).scrub
      end

      def reason(error)
        error.is_a?(Errno::ENOENT) ? "it points to nothing" : error.message[/\A[^@]+/].strip
      end

      def identity(stat)
        [stat.dev, stat.ino]
      end

      # A link to where we came from.
      def above?(file)
        path = File.join(@root, file)
        File.symlink?(path) && (real = File.realpath(path)) && "#{@root}/".start_with?(real.end_with?("/") ? real : "#{real}/")
      end

      def left_out?(file)
        file = readable(file)
        OUTPUT.any? { |output| file == output || (file.end_with?("/#{output}") && unit?(file.delete_suffix("/#{output}"))) } || gem_home?(file)
      end

      def gem_home?(file)
        %w[gems specifications].all? { |name| File.directory?(File.join(@root, file, name)) }
      end

      # A part that stands by itself: an app, an engine, a gem, a pack.
      def unit?(directory)
        @units.fetch(directory) do
          path = File.join(@root, directory)
          @units[directory] = %w[config/application.rb package.yml app lib].any? { |name| File.exist?(File.join(path, name)) } || Dir.glob("*.gemspec", base: path).any?
        end
      end

      def source(name, size)
        file = readable(name)
        path = File.join(@root, name)
        kind = kind(file, path) or return
        if size > LARGE
          @skipped << [file, "larger than 20 MB"]
          return
        end
        Source.new(path: path, file: file, kind: kind, role: @role.of(file, ruby: kind == :ruby), size: size)
      end

      def kind(file, path)
        place = @role.place(file)
        name = File.basename(file)
        return if LISTS.match?(file) || LISTS.match?(place)
        return :ruby if RUBY.match?(name) || RUBY_NAMES.include?(name)
        return :ruby_template if RUBY_TEMPLATE.match?(name)
        known = KINDS.find { |pattern, _| pattern.match?(name) }&.last
        return known if known
        return (Files.view?(file) ? :name : nil) if DOCUMENTS.match?(name) || DATA.match?(name)
        return if place.match?(%r{\Adocs?/})
        return :ruby if !name.include?(".") && shebang?(path)
        :text
      end

      def shebang?(path)
        SHEBANG.match?(File.binread(path, 200).to_s)
      rescue SystemCallError
        false
      end
    end
  end
end
