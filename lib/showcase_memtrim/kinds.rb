# frozen_string_literal: true

module ShowcaseMemtrim
  # The kinds of things that a booted app is made of (Shape): in words, how a line looks that makes one, and whether it
  # matters to anybody who does not use it.
  module Kinds
    # Words, and for what Ruby knows no line of, how the line that does it looks ({}: the name). Those that are `found`
    # are looked for first: their place is where the thing is, not where it is put to use.
    ALL = {
      railtie: ["defines the railtie %s"],
      middleware: ["brings the middleware %s", /middleware\.\w+.*\b{}\b/, :found],
      initializer: ["adds the initializer %s"],
      hook: ["waits for the load hook %s"],
      callback: ["runs code around every request or job: %s"],
      subscriber: ["subscribes to %s"],
      mime_type: ["registers the MIME type %s", /Mime::Type\.register\w*\b.*\b{}\b/],
      template_handler: ["renders templates of the kind %s", /register_\w*template_handler\b.*\b{}\b/],
      renderer: ["adds the renderer %s", /Renderers\.add\b.*\b{}\b/],
      attribute_type: ["registers the attribute type %s", /Type\.register\b.*\b{}\b/],
      adapter: ["registers the database adapter %s", /ConnectionAdapters\.register\b.*\b{}\b/],
      i18n_backend: ["changes the backend of I18n: %s", /I18n::\w*Backend|I18n\.backend/],
      translations: ["adds translations at boot: %s"],
      inflection: ["adds the inflection %s", /\binflections?\b|\binflect\./],
      variable: ["sets the environment variable %s", /\bENV\b.*\b{}\b/],
      exit_handler: ["has a handler for the program's end"],
      signal_handler: ["handles the signal %s"],
      thread: ["starts a thread"],
      process: ["starts a process"],
      method: ["adds the method %s", /\bdef (?:self\.)?{}/],
      mixin: ["mixes %s", /\b(?:include|prepend|extend)\b.*\b{}\b/, :found],
      constant: ["defines %s, of Rails' own"],
      rails_method: ["adds the method %s"],
      task: ["defines the Rake task %s"]
    }.freeze
    # What matters to nobody who does not use it by its name.
    PASSIVE = %i[mime_type template_handler renderer attribute_type adapter method mixin constant rails_method task].freeze
    # Named by their place.
    NAMELESS = %i[exit_handler thread process].freeze

    class << self
      # @param names [Array<String>] as Shape has them, of one kind
      # @return [String] "adds the method String#shout and 3 more"
      def words(kind, names)
        "#{format(ALL.fetch(kind).first, shown(kind, names.first))}#{" and #{names.size - 1} more" if names.size > 1}"
      end

      # @param name [String] as Shape has it
      # @param methods [Array] of a mixin
      # @return [Array<String>] by which somebody would use it; methods with their owner ("String#shout")
      def used_as(kind, name, methods = [])
        case kind
        when :mixin then methods.map { |method| "#{name[/[^ ]+\z/]}##{method}" }
        when :method, :rails_method then [name]
        else [name[/[^#. ]+\z/] || name]
        end
      end

      # @param name [String] of used_as
      # @return [String] "shout" of "String#shout"
      def plain(name)
        name[/[^#.]+\z/] || name
      end

      # @return [Boolean] its place is where it is, and not where somebody puts it to use
      def found?(kind)
        ALL.fetch(kind)[2] == :found
      end

      # Ruby does not know where a type was registered; the source does.
      #
      # @param texts [Hash{String => String}] file → content
      # @param exactly [Boolean] only a line with the name; else also one that registers anything of the kind
      # @return [Array, nil] file and line
      def look_for(kind, name, texts, exactly: false)
        pattern = ALL.fetch(kind)[1] or return
        return if exactly && !pattern.source.include?("{}")
        named = Regexp.new(pattern.source.gsub("{}") { Regexp.escape(name[/[^:#.]+(?= into )|[^:#. ]+\z/]) })
        [named, *(Regexp.new(pattern.source.gsub(/\.\*\\b\{\}\\b|\{\}/, "")) unless exactly)].uniq.each do |wanted|
          texts.each do |file, text|
            next unless text.match?(wanted)
            line = text.each_line.with_index(1).find { |content, _| content.match?(wanted) && !content.match?(/^\s*#/) }
            return [file, line.last] if line
          end
        end
        nil
      end

      private

      def shown(kind, name)
        case kind
        when :hook, :callback, :subscriber then name.sub(/ in \S+:\d+\z/, "")
        when :translations then File.join(*name.split("/").last(3))
        else name
        end
      end
    end
  end
end
