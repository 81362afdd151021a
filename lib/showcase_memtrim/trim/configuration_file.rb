# frozen_string_literal: true

require "json"
require "psych"
require_relative "../configuration"
require_relative "text_edits"

module ShowcaseMemtrim
  class Trim
    # config/memtrim.yml, edited where it has to be: comments, order and style of the rest stay. Each edit is checked:
    # the new text says what the old one said and what was asked for, or there is an Error and no edit.
    class ConfigurationFile
      PATH = Configuration::PATH
      HEAD = <<~YAML
        # What this app loads of Rails, and which gems it loads when one of their constants is first used.
        # `memtrim trim` and `memtrim defer` edit this file and keep your comments; without it, all is loaded as ever.
      YAML
      BOM = "\uFEFF"

      # @param text [String, nil] nil: there is no file yet
      # @raise [Error] for what is no YAML mapping
      def initialize(text)
        text = (text || HEAD).dup.force_encoding(Encoding::UTF_8)
        raise by_hand("this is not UTF-8") unless text.valid_encoding?
        @bom = text.start_with?(BOM) ? BOM : ""
        @text = text.delete_prefix(@bom)
        parse
      end

      # @return [String]
      def to_s
        @bom + @text
      end

      # @return [Array<String>, nil] nil: the file does not say
      def railties
        content["railties"] && Array(content["railties"])
      end

      # Those that are listed already keep their place; new ones go beside their neighbours.
      #
      # @param names [Array<String>, nil] nil, or none: takes the key out
      def railties=(names)
        names = nil if names == []
        return if names.nil? ? !content.key?("railties") : railties&.sort == names.sort
        edit(content.merge("railties" => names && merged(railties || [], names)).compact) do |edits|
          key, value = pair(root, "railties")
          next remove(edits, root, key, value) unless names
          key ? edit_list(edits, key, value, names) : append(edits, ["railties:", *names.map { |name| "  - #{scalar(name)}" }])
        end
      end

      # @return [Hash{String => Array<String>}] gem → constants
      def deferred
        (content["defer"] || {}).to_h { |gem, value| [gem, constants_of(value)] }
      end

      # @param constants [Array<String>] which load it
      # @param force [String, nil] why it is deferred although it isn't safe; nil leaves a reason that is there
      def defer(gem, constants, force: nil)
        return if deferred[gem]&.sort == constants.sort && (force.nil? || reason(gem) == force)
        deferred.key?(gem) ? change_deferred(gem, constants, force) : add_deferred(gem, constants, force)
      end

      # Loads a gem at boot again.
      def undefer(gem)
        return unless deferred.key?(gem)
        left = content["defer"].except(gem)
        edit(left.empty? ? content.except("defer") : content.merge("defer" => left)) do |edits|
          key, value = pair(root, "defer")
          left.empty? ? remove(edits, root, key, value) : remove(edits, value, *pair(value, gem))
        end
      end

      private

      def parse
        @root = (Psych.parse(@text, filename: PATH) || nil)&.root
        @root = nil if @root.is_a?(Psych::Nodes::Scalar) && @root.value.empty?
        @content = @root ? Psych.safe_load(@text, aliases: true, filename: PATH) : {}
        raise by_hand("this is no mapping") unless @content.is_a?(Hash)
        raise by_hand("defer: is no mapping") unless @content["defer"].nil? || @content["defer"].is_a?(Hash)
      rescue Psych::Exception => problem
        raise by_hand("not YAML that can be read: #{problem.message.delete_prefix("(#{PATH}): ")}")
      end

      attr_reader :root, :content

      # @param wanted [Hash] what the file is to say
      def edit(wanted)
        before = @text
        edits = TextEdits.new(@text)
        yield edits
        @text = edits.to_s
        parse
        raise by_hand("it can't be edited without changing more than was asked") unless content == wanted
      rescue Error
        @text = before
        parse
        raise by_hand("it is written in a way that can't be edited safely")
      end

      def by_hand(why)
        Error.new("#{PATH}: #{why}; edit it by hand (docs/trim.md shows what it takes)")
      end

      def constants_of(value)
        Array(value.is_a?(Hash) ? value["constants"] : value)
      end

      def reason(gem)
        value = content.dig("defer", gem)
        value["force"] if value.is_a?(Hash)
      end

      def add_deferred(gem, constants, force)
        wanted = force ? {"constants" => constants, "force" => force} : constants
        edit(content.merge("defer" => (content["defer"] || {}).merge(gem => wanted))) do |edits|
          key, value = pair(root, "defer")
          if key.nil?
            append(edits, ["defer:", *entry(gem, constants, force).map { |line| "  #{line}" }])
          elsif content["defer"].nil? || content["defer"].empty?
            edits.replace(position(edits, key, :end) + 1, position(edits, value, :end), "")
            insert_lines(edits, key.end_line, entry(gem, constants, force).map { |line| "  #{line}" })
          elsif flow?(value)
            edits.insert(position(edits, value.children.last, :end), ", #{flow_entry(gem, constants, force)}")
          else
            insert_lines(edits, last_line(value), entry(gem, constants, force).map { |line| " " * value.children.first.start_column + line })
          end
        end
      end

      def change_deferred(gem, constants, force)
        old = content.dig("defer", gem)
        constants = merged(constants_of(old), constants)
        details = old.is_a?(Hash) ? old : {}
        wanted = (details.any? || force) ? details.merge({"constants" => constants, "force" => force || details["force"]}.compact) : constants
        edit(content.merge("defer" => content["defer"].merge(gem => wanted))) do |edits|
          mapping = pair(root, "defer").last
          key, value = pair(mapping, gem)
          if value.is_a?(Psych::Nodes::Mapping)
            change_details(edits, value, constants, force)
          elsif force
            rewrite_entry(edits, mapping, key, value, entry(gem, constants, force), flow_entry(gem, constants, force))
          else
            edit_list(edits, key, value, constants)
          end
        end
      end

      def change_details(edits, details, constants, force)
        key, value = pair(details, "constants")
        raise Error, "no constants" unless key
        edit_list(edits, key, value, constants)
        _, old = pair(details, "force")
        if force && old
          edits.replace(position(edits, old, :start), position(edits, old, :end), scalar(force))
        elsif force && flow?(details)
          edits.insert(position(edits, details.children.last, :end), ", force: #{scalar(force)}")
        elsif force
          insert_lines(edits, last_line(details), [" " * details.children.first.start_column + "force: #{scalar(force)}"])
        end
      end

      def rewrite_entry(edits, mapping, key, node, lines, flow)
        return edits.replace(position(edits, key, :start), position(edits, node, :end), flow) if flow?(mapping)
        first, last = key.start_line, last_line(node)
        edits.replace(edits.position(first, key.start_column), edits.position(last) + edits.line(last).chomp.length, lines.join(edits.line_end + " " * key.start_column))
      end

      def entry(gem, constants, force)
        list = "[#{constants.map { |constant| scalar(constant) }.join(", ")}]"
        force ? ["#{scalar(gem)}:", "  constants: #{list}", "  force: #{scalar(force)}"] : ["#{scalar(gem)}: #{list}"]
      end

      def flow_entry(gem, constants, force)
        list = "[#{constants.map { |constant| scalar(constant) }.join(", ")}]"
        "#{scalar(gem)}: #{force ? "{constants: #{list}, force: #{scalar(force)}}" : list}"
      end

      # @return [String] as YAML has it on one line, in whatever style of list
      def scalar(text)
        plain = text.match?(%r{\A[A-Za-z][\w/.-]*\z}) && Psych.safe_load(text) == text
        plain ? text : JSON.generate(text)
      end

      # The list that some names become: those that stay in their order, each new one after its predecessor.
      def merged(old, names)
        kept = old & names
        names.each_with_index do |name, index|
          next if kept.include?(name)
          before = names.take(index).reverse.find { |other| kept.include?(other) }
          kept.insert(before ? kept.index(before) + 1 : 0, name)
        end
        kept
      end

      # The value of a key, one string or a list in whatever style, becomes another list.
      def edit_list(edits, key, value, names)
        raise Error, "no list" unless value.is_a?(Psych::Nodes::Sequence) || value.is_a?(Psych::Nodes::Scalar)
        if value.is_a?(Psych::Nodes::Scalar) || value.children.empty?
          space = edits.line(key.end_line)[key.end_column..].start_with?(": ") ? "" : " "
          old = content_of(value)
          edits.replace(position(edits, value, :start), position(edits, value, :end), "#{space if old.nil?}[#{merged(Array(old), names).map { |name| scalar(name) }.join(", ")}]")
        elsif flow?(value)
          edit_flow_list(edits, value, names)
        else
          edit_block_list(edits, value, names)
        end
      end

      def content_of(value)
        return if value.is_a?(Psych::Nodes::Sequence)
        (value.value.empty? && !value.quoted) ? nil : value.value
      end

      def edit_block_list(edits, list, names)
        items = list.children
        raise Error, "not one name on a line" unless items.all? { |item| item.is_a?(Psych::Nodes::Scalar) && item.start_line == item.end_line }
        lines = items.to_h { |item| [item.value, item.start_line] }
        final = merged(lines.keys, names)
        mark = edits.line(items.first.start_line)[0...items.first.start_column][/(?: *-)[ \t]+\z/]
        mark = " " * list.start_column + mark.lstrip
        final.each_with_index do |name, index|
          next if lines.key?(name)
          before = final.take(index).reverse.find { |other| lines.key?(other) }
          edits.insert_line(before ? lines.fetch(before) : lines.values.first - 1, "#{mark}#{scalar(name)}")
        end
        edits.delete_lines(lines.except(*final).values)
      end

      # Of one line or of several, which may have comments.
      def edit_flow_list(edits, list, names)
        items = list.children
        raise Error, "not only names" unless items.all? { |item| item.is_a?(Psych::Nodes::Scalar) }
        old = items.map(&:value)
        final = merged(old, names)
        kept = old & final
        raise Error, "nothing stays" if kept.empty? && list.start_line != list.end_line
        return edits.replace(position(edits, items.first, :start), position(edits, items.last, :end), final.map { |name| scalar(name) }.join(", ")) if kept.empty?
        (old - final).each { |name| remove_flow(edits, items, old.index(name), old.index(name)) { |index| final.include?(old[index]) } }
        final.each_with_index do |name, index|
          next if old.include?(name)
          before = final.take(index).reverse.find { |other| old.include?(other) }
          before ? edits.insert(position(edits, items[old.index(before)], :end), ", #{scalar(name)}") : edits.insert(position(edits, items[old.index(kept.first)], :start), "#{scalar(name)}, ")
        end
      end

      # Takes nodes out of a flow list, with the comma after them, or, of the last ones, before them.
      #
      # @yieldparam index [Integer] @yieldreturn [Boolean] whether that node stays
      def remove_flow(edits, nodes, first, last)
        if ((last + 1)...nodes.size).any? { |index| yield index }
          edits.replace(position(edits, nodes[first], :start), position(edits, nodes[last + 1], :start), "")
        else
          edits.replace(position(edits, nodes[first - 1], :end), position(edits, nodes[last], :end), "")
        end
      end

      # Takes a key and its value out of a mapping.
      def remove(edits, mapping, key, value)
        if flow?(mapping)
          index = mapping.children.index { |node| node.equal?(key) }
          return edits.replace(position(edits, key, :start), position(edits, value, :end), "") if mapping.children.size == 2
          return remove_flow(edits, mapping.children, index, index + 1) { true }
        end
        edits.delete_lines((key.start_line..[last_line(value), key.end_line].max).to_a)
      end

      def append(edits, lines)
        raise Error, "flow style" if root && flow?(root)
        text = lines.join(edits.line_end) + edits.line_end
        blank = (@text.empty? || @text.end_with?("\n\n", "\n\r\n")) ? "" : edits.line_end
        blank = edits.line_end + blank unless @text.empty? || @text.end_with?("\n")
        edits.insert(@text.length, blank + text)
      end

      def insert_lines(edits, after, lines)
        edits.insert_line(after, lines.join(edits.line_end))
      end

      # @return [Array(Psych::Nodes::Node, Psych::Nodes::Node), nil]
      def pair(mapping, name)
        mapping&.children&.each_slice(2)&.find { |key, _| key.is_a?(Psych::Nodes::Scalar) && key.value == name }
      end

      def flow?(node)
        node.respond_to?(:style) && node.style == Psych::Nodes::Mapping::FLOW
      end

      def position(edits, node, side)
        edits.position(node.public_send("#{side}_line"), node.public_send("#{side}_column"))
      end

      # Psych lets a collection in block style end where the next thing begins.
      def last_line(node)
        return last_line(node.children.last) if node.respond_to?(:children) && node.children&.any? && !flow?(node)
        (node.end_column.zero? && node.end_line > node.start_line) ? node.end_line - 1 : node.end_line
      end
    end
  end
end
