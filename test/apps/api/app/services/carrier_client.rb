# frozen_string_literal: true

# Asks the carrier, which answers in XML, where a parcel is.
class CarrierClient
  Event = Struct.new(:code, :place, :occurred_at, keyword_init: true)

  class << self
    # The tests put their own in place.
    attr_writer :connection

    def connection
      @connection ||= Faraday.new(url: ENV.fetch("CARRIER_URL", "http://carrier.invalid")) do |faraday|
        faraday.response :raise_error
      end
    end
  end

  def events(reference)
    document = Nokogiri::XML(self.class.connection.get("/track/#{reference}").body)
    document.xpath("//event").map do |event|
      Event.new(code: event["code"], place: event.at_xpath("place")&.text, occurred_at: Time.iso8601(event["at"]))
    end
  end
end
